import { describe, expect, it } from "vitest";
import { parseTask, taskArguments, taskCommands, taskName, type QuantLensTask } from "./definition.js";
import { fullTask } from "./testing/full-task.js";

describe("taskArguments", () => {
  it.each<[Omit<QuantLensTask, "type">, string[]]>([
    [{ command: "train", model: "a b.model.ts" }, ["train", "a b.model.ts"]],
    [{ command: "train", resume: "runs/a-1" }, ["train", "--resume", "runs/a-1"]],
    [
      { command: "train", model: "a.model.ts", limitFrames: 2000, epochs: 1, args: ["--tensorboard"] },
      ["train", "a.model.ts", "--epochs", "1", "--limit-frames", "2000", "--tensorboard"],
    ],
    [{ command: "export", model: "a.ts", out: "a.onnx" }, ["export", "a.ts", "--output", "a.onnx"]],
    [
      { command: "package", model: "a.ts", weights: "w.pth", evaluation: "e.json", out: "a.zip" },
      ["package", "a.ts", "--weights", "w.pth", "--evaluation", "e.json", "--output", "a.zip"],
    ],
    [
      { command: "generate", out: "a.hdf5", framesPerClassAndSnr: 16 },
      ["data", "generate", "a.hdf5", "--frames-per-class-and-snr", "16"],
    ],
    [
      { command: "train", model: "a.ts", params: { bits: 4, kernels: [3, 5], mode: "a b" } },
      ["train", "a.ts", "--param", "bits=4", "--param", "kernels=[3,5]", "--param", 'mode="a b"'],
    ],
    [{ command: "sweep", model: "sweeps/a-1" }, ["sweep", "sweeps/a-1"]],
    [{ command: "diff", model: "old.onnx", args: ["new.onnx"] }, ["diff", "old.onnx", "new.onnx"]],
  ])("of %j", (task, argv) => {
    expect(taskArguments({ type: "quantlens", ...task })).toEqual(argv);
  });

  it("does not take a path for anything but one argument", () => {
    const model = "c:\\my nets\\a;rm -rf $(x).model.ts";
    expect(taskArguments({ type: "quantlens", command: "check", model })).toEqual(["check", model]);
  });
});

describe("parseTask", () => {
  it.each(taskCommands)("takes all options of %s", (command) => {
    const task = fullTask(command);
    expect(parseTask({ ...task })).toEqual(task);
  });

  it.each([
    [{}, /^A task of the type quantlens needs "command" to be one of train, .* but found nothing\.$/],
    [{ command: "fly" }, /but found "fly"\.$/],
    [{ command: "train" }, /^The task "train" needs "model"/],
    [{ command: "generate" }, /^The task "generate" needs "out"/],
    [{ command: "generate", out: "a", model: "b" }, /^The task "generate" has no "model": it takes out, /],
    [{ command: "check", model: "a", stage: 2 }, /^The task "check" has no "stage": it takes weights, profile, format/],
    [{ command: "train", model: 3 }, /^"model" of the task "train" must be a text, but found 3\.$/],
    [{ command: "prune", model: "a", stage: "2" }, /^"stage" of the task "prune" must be a number, but found "2"\.$/],
    [
      { command: "train", model: "a", params: [4] },
      /^"params" of the task "train" must be an object of values by name\.$/,
    ],
    [{ command: "generate", out: "a", params: {} }, /^The task "generate" has no "params"/],
    [{ command: "train", model: "a", args: "--x" }, /^"args" of the task "train" must be a list of texts\.$/],
  ])("says what is wrong with %j", (task, message) => {
    expect(parseTask({ type: "quantlens", ...task })).toMatch(message);
  });
});

describe("taskName", () => {
  it.each<[Omit<QuantLensTask, "type">, string]>([
    [{ command: "train", model: "a.model.ts" }, "train a.model.ts"],
    [{ command: "prune", model: "a.model.ts", stage: 2 }, "prune a.model.ts stage 2"],
    [{ command: "train", model: "a.model.ts", resume: "runs/a-1" }, "resume runs/a-1"],
    [{ command: "generate", out: "a.hdf5" }, "generate a.hdf5"],
  ])("of %j", (task, name) => {
    expect(taskName({ type: "quantlens", ...task })).toBe(name);
  });
});
