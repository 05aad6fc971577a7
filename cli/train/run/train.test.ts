import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readSafetensorsFile } from "../../../shared/weights/safetensors.js";
import { cliProgram, runCli } from "../../testing/run-cli.js";
import type { StageRecord } from "../checkpoint/state.js";
import type { RunReport } from "./report.js";
import { eventsOf, run, taskFolder, taskModel } from "./testing/task.js";

const train = "train({ epochs: 8, batchSize: 16, optimizer: adam({ lr: 0.02 }) })";
const cwd = taskFolder({
  "tones.model.ts": taskModel(`${train}, prune({ target: { sparsity: 0.5 }, by: "cost", finetune: { epochs: 1 } })`),
  "float.model.ts": taskModel(train, { quantised: false, name: "Float" }),
  "wild.model.ts": taskModel("train({ epochs: 9, batchSize: 32, optimizer: sgd({ lr: 1e30 }) })"),
  "score.model.ts": taskModel(`${train}, prune({ target: { score: 0.000002 }, finetune: { epochs: 1 } })`, {
    challenge: "challenge: challenge({ name: 'own', baseline: { bops: 1e9, memWBits: 1e9 }, minAccuracy: 0.999 }),",
  }),
  "ruined.model.ts": taskModel("train({ epochs: 9, batchSize: 180, optimizer: sgd({ lr: 1e30 }) })"),
  "bits.model.ts": taskModel(
    "train({ epochs: 1, batchSize: 32 }), prune({ target: { sparsity: 0.5 }, finetune: { epochs: 1 } })",
  ).replace(
    "outChannels: 8, kernelSize: 5, padding: 2, bias: false, weightQuant: int(5)",
    "outChannels: 8, kernelSize: 5, padding: 2, bias: false, weightQuant: int(1)",
  ),
  "broken.model.ts": taskModel('train({ epochs: "many" as never })'),
  "empty.model.ts": taskModel(""),
  "two.model.ts": taskModel(train).replace("outFeatures: 3", "outFeatures: 2"),
});

function report(out: string): RunReport {
  return JSON.parse(readFileSync(path.join(cwd, out, "report.json"), "utf8")) as RunReport;
}

function events(out: string) {
  return eventsOf(path.join(cwd, out));
}

async function done(...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { code, stdout, stderr } = await run(cwd, ...args);
  expect(stderr).not.toContain("quantlens:");
  expect(code).toBe(0);
  return { stdout, stderr };
}

describe("quantlens train", () => {
  let output = { stdout: "", stderr: "" };

  beforeAll(async () => {
    output = await done("train", "tones.model.ts", "--out", "run", "--tensorboard");
  });

  it("runs the recipe: learns the task, and half of the weights are zero in the end", () => {
    const { status, stages } = report("run");
    expect(status).toBe("done");
    expect(stages.map(({ name, epochs }) => [name, epochs])).toEqual([
      ["train 1", 8],
      ["prune 2", 1],
    ]);
    for (const { accuracy } of stages) expect(accuracy.test).toBeGreaterThan(0.8);
    const [before, after] = stages as [StageRecord, StageRecord];
    expect(before.network.density).toBeGreaterThan(0.8);
    expect(after.network.density).toBeLessThanOrEqual(0.5);
    expect(after.network.cost["finn-base"].score).toBeLessThan(before.network.cost["finn-base"].score);
    expect(after.pruned).toMatchObject([{ round: 1, share: 1 }]);
  });

  it("tells it line by line, and in a table at its end", () => {
    expect(output.stderr.split("\n").filter((line) => line.startsWith("epoch "))).toHaveLength(9);
    expect(output.stderr).toMatch(/^Tones: .*\(180 samples to train, 60 to test\), wasm, 2 threads\n/);
    expect(output.stderr).toMatch(/\nepoch 1\/8 {2}loss \d\.\d+ {2}train [\d.]+ % {2}test [\d.]+ % {2}lr 0\.02 {2}/);
    expect(output.stdout).toMatch(
      /^stage +epochs +pruned: test +best: test +last: test +density +bit-ops +weight bits +score\n/,
    );
  });

  it("writes events that can be followed", () => {
    const found = events("run");
    expect(found[0]).toMatchObject({
      event: "run",
      schema: 1,
      model: { name: "Tones" },
      data: { train: 180, test: 60 },
    });
    const order = found.map(({ event }) => event).filter((event) => event !== "progress");
    expect(order.join(" ")).toBe(`run stage ${"epoch ".repeat(8)}measured stage pruned epoch measured end`);
    const times = found.map(({ time }) => Date.parse(time));
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
  });

  it("keeps the last and the best network of each stage, and TensorBoard's files", () => {
    const files = readdirSync(path.join(cwd, "run"), { recursive: true, encoding: "utf8" }).sort();
    expect(files.filter((file) => !file.includes("tfevents"))).toEqual([
      "evaluation.json",
      "events.jsonl",
      "last.safetensors",
      "report.json",
      "run.json",
      "stages",
      "stages/1-train",
      "stages/1-train/best.safetensors",
      "stages/1-train/last.safetensors",
      "stages/2-prune",
      "stages/2-prune/best.safetensors",
      "stages/2-prune/last.safetensors",
      "stages/2-prune/pruned.safetensors",
      "tensorboard",
    ]);
    expect(files.filter((file) => file.includes("tfevents"))).toHaveLength(1);
  });

  it("writes checkpoints whose measured cost is the report's", async () => {
    const { stdout } = await runCli(
      ["cost", "tones.model.ts", "--weights", "run/last.safetensors", "--format", "json"],
      { cwd },
    );
    const cost = JSON.parse(stdout) as Record<string, unknown>;
    const price = report("run").stages[1]?.network.cost["finn-base"];
    expect([cost.total_bops, cost.total_mem_w_bits]).toEqual([price?.bops, price?.memWBits]);
    expect(cost.quantlens).toMatchObject({ score: price?.score, weights: { state: "fresh" } });
  });

  it("gives the same checkpoint for the same seed, another one for another", async () => {
    await done("train", "tones.model.ts", "--out", "again");
    await done("train", "tones.model.ts", "--out", "other", "--seed", "5");
    const [first, again, other] = ["run", "again", "other"].map((out) =>
      readFileSync(path.join(cwd, out, "last.safetensors")),
    );
    expect(again?.equals(first ?? Buffer.alloc(0))).toBe(true);
    expect(other?.equals(first ?? Buffer.alloc(0))).toBe(false);
  });

  it("ends its trainings at an accuracy, or says that it was missed", async () => {
    await done("train", "tones.model.ts", "--out", "reached", "--until-accuracy", "0.4", "--epochs", "50");
    expect(report("reached").stages[0]?.epochs).toBeLessThan(50);
    const { code, stderr } = await run(
      cwd,
      "train",
      "float.model.ts",
      "--out",
      "missed",
      "--until-accuracy",
      "1",
      "--epochs",
      "1",
      "--restarts",
      "1",
    );
    expect(code).toBe(1);
    expect(stderr).toContain('quantlens: The stage "train 1" missed the accuracy of --until-accuracy.\n');
    expect(report("missed")).toMatchObject({
      status: "missed",
      attempt: 2,
      seed: 1,
      missed: [{ attempt: 1, seed: 0 }],
    });
    expect(existsSync(path.join(cwd, "missed", "attempt-2", "stages", "1-train", "last.safetensors"))).toBe(true);
  });

  it("chooses by held-out samples and still measures the test", async () => {
    const { stdout } = await done("train", "float.model.ts", "--out", "honest", "--validation", "0.25");
    const [stage] = report("honest").stages;
    expect(Object.keys(stage?.accuracy ?? {}).sort()).toEqual(["test", "validation"]);
    expect(Object.keys(stage?.bestAccuracy ?? {}).sort()).toEqual(["test", "validation"]);
    const [epoch] = events("honest").filter(({ event }) => event === "epoch");
    expect(epoch).toMatchObject({ accuracy: { validation: expect.any(Number) as number } });
    expect(stdout).toContain("best: validation");
  });

  it("aims at a score, and restarts when the challenge's accuracy is missed", async () => {
    await done("train", "score.model.ts", "--out", "score", "--restarts", "1", "--epochs", "1");
    const { stages, attempt } = report("score");
    expect(attempt).toBe(2);
    const score = stages[1]?.pruned[0]?.network.cost["finn-base"].score ?? 1;
    expect(score).toBeLessThanOrEqual(0.000002);
    expect(score).toBeGreaterThan(0.0000015);
  });

  it("starts from a calibrated float network, or learns from it", async () => {
    await done("train", "float.model.ts", "--out", "float");
    const weights = "float/last.safetensors";
    await done(
      "train",
      "tones.model.ts",
      "--out",
      "calibrated",
      "--from",
      weights,
      "--calibrate",
      "mse",
      "--epochs",
      "1",
    );
    expect(events("calibrated")).toContainEqual(expect.objectContaining({ event: "calibrated", method: "mse" }));
    expect(report("calibrated").stages[0]?.accuracy.test).toBeGreaterThan(0.8);
    await done("train", "tones.model.ts", "--out", "taught", "--teacher", weights, "--teacher-model", "float.model.ts");
    expect(report("taught").stages[0]?.accuracy.test).toBeGreaterThan(0.8);
    const plain = readFileSync(path.join(cwd, "run", "last.safetensors"));
    expect(readFileSync(path.join(cwd, "taught", "last.safetensors")).equals(plain)).toBe(false);
  });
});

describe("quantlens prune and finetune", () => {
  beforeAll(() => done("train", "tones.model.ts", "--out", "base", "--epochs", "2"));

  it("run one stage from given weights", async () => {
    const from = ["--from", "base/stages/1-train/last.safetensors"];
    await done("prune", "tones.model.ts", "--out", "whole", "--stage", "2", ...from);
    expect(report("whole").stages).toMatchObject([{ position: 2, name: "prune 2", kind: "prune", epochs: 1 }]);
    await done("prune", "tones.model.ts", "--out", "only", ...from, "--no-finetune");
    const [pruned] = report("only").stages;
    expect(pruned?.epochs).toBe(0);
    expect(pruned?.network).toEqual(report("whole").stages[0]?.pruned[0]?.network);
    await done("finetune", "tones.model.ts", "--out", "tuned", "--from", "only/last.safetensors");
    const [tuned] = report("tuned").stages;
    expect(tuned).toMatchObject({ name: "finetune 2", kind: "finetune", epochs: 1 });
    expect(zeros("tuned")).toEqual(zeros("only"));
  });

  /** Which weights are zero. */
  function zeros(out: string): unknown {
    const file = readSafetensorsFile(readFileSync(path.join(cwd, out, "last.safetensors"))).value;
    return file?.tensors.filter(({ name }) => name.startsWith("mask/")).map(({ data }) => [...data]);
  }
});

describe("what goes wrong in a run", () => {
  it("is said in one sentence when the loss explodes, and the last good checkpoint stays", async () => {
    const { code, stderr } = await run(cwd, "train", "wild.model.ts", "--out", "wild");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\nquantlens: The training diverged[^\n]+ wild\/last\.safetensors is the last good checkpoint\.\n$/,
    );
    expect(events("wild").at(-1)).toMatchObject({ event: "end", status: "diverged" });
    const bytes = readFileSync(path.join(cwd, "wild", "last.safetensors"));
    for (const { data } of readSafetensorsFile(bytes).value?.tensors ?? [])
      expect([...data].every(Number.isFinite)).toBe(true);
  });

  it("keeps the checkpoint from before an epoch whose last step ruins the network", async () => {
    const { code, stderr } = await run(cwd, "train", "ruined.model.ts", "--out", "ruined");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\nquantlens: The training diverged \(train 1, epoch 1\): the loss on the test data is \S+; [^\n]+ last good checkpoint\.\n$/,
    );
    const bytes = readFileSync(path.join(cwd, "ruined", "last.safetensors"));
    for (const { name, data } of readSafetensorsFile(bytes).value?.tensors ?? [])
      expect([name, [...data].every((value) => Math.abs(value) < 10)]).toEqual([name, true]);
    expect(existsSync(path.join(cwd, "ruined", "stages"))).toBe(false);
  });

  it("is said of the sample whose values are no numbers", async () => {
    const bytes = readFileSync(path.join(cwd, "data", "x.npy"));
    const sample = 5;
    const values = 2 * 16;
    bytes.writeFloatLE(NaN, bytes.length - 4 * values * (240 - sample) + 4 * 3);
    mkdirSync(path.join(cwd, "holes"));
    writeFileSync(path.join(cwd, "holes", "x.npy"), bytes);
    writeFileSync(path.join(cwd, "holes", "y.npy"), readFileSync(path.join(cwd, "data", "y.npy")));
    const { code, stderr } = await run(cwd, "train", "float.model.ts", "--data", "holes", "--out", "holed");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\nquantlens: The training stopped in stage "train 1", epoch 1, batch \d+: sample 5 of the data \(counted from 0\) has a value that is not a finite number; /,
    );
  });

  it("is a checkpoint with values that are no numbers, before anything is trained or evaluated", async () => {
    await done("train", "float.model.ts", "--out", "sound", "--epochs", "1");
    const bytes = readFileSync(path.join(cwd, "sound", "last.safetensors"));
    const begin = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString("utf8", 8, begin)) as Readonly<
      Record<string, { readonly data_offsets: readonly number[] }>
    >;
    bytes.writeFloatLE(Infinity, begin + (header["norm.running_var"]?.data_offsets[0] ?? 0) + 4);
    writeFileSync(path.join(cwd, "unsound.safetensors"), bytes);
    for (const args of [
      ["train", "float.model.ts", "--from", "unsound.safetensors", "--out", "unsound"],
      ["evaluate", "float.model.ts", "--weights", "unsound.safetensors"],
    ]) {
      const { code, stderr } = await run(cwd, ...args);
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^quantlens: \S*unsound\.safetensors: the tensor "norm\.running_var" has the value Infinity at element 1, where finite numbers are expected; /,
      );
    }
    expect(existsSync(path.join(cwd, "unsound"))).toBe(false);
  });

  it("is said when pruning saves nothing, since one-bit weights have no zero", async () => {
    const { stderr } = await done("train", "bits.model.ts", "--out", "bits");
    expect(stderr.match(/"[a-z.]+" has one signed bit, /g)).toEqual(['"first.weight" has one signed bit, ']);
  });

  mkdirSync(path.join(cwd, "full"));
  writeFileSync(path.join(cwd, "full", "x.txt"), "");
  mkdirSync(path.join(cwd, "used"));
  writeFileSync(path.join(cwd, "used", "run.json"), "{}");
  mkdirSync(path.join(cwd, "locked"));
  writeFileSync(path.join(cwd, "locked", "lock"), JSON.stringify({ pid: process.pid, host: os.hostname() }));

  it.each<[string, string[], RegExp]>([
    [
      "a folder with something in it",
      ["tones.model.ts", "--out", "full"],
      /full is not an empty folder: choose another folder/,
    ],
    [
      "a folder with a run in it",
      ["tones.model.ts", "--out", "used"],
      /used has a run in it.* go on with it by --resume used/,
    ],
    [
      "a file for a folder",
      ["tones.model.ts", "--out", "tones.model.ts/x"],
      /x cannot be written: a part of its path is a file/,
    ],
    ["no run to go on with", ["--resume", "full"], /full has no run in it \(run\.json is missing\)/],
    ["a damaged run", ["--resume", "used"], /used\/run\.json is damaged or of another version/],
    ["other options for a run", ["--resume", "run", "--seed", "1"], /leave out --seed, or begin a new run/],
    ["no model file", ["--epochs", "1"], /quantlens train needs a model file/],
    ["a missing model file", ["nowhere.model.ts"], /nowhere\.model\.ts does not exist/],
    ["an ONNX file", ["net.onnx"], /net\.onnx is an ONNX file, which has no recipe/],
    ["a guess in the model file", ["broken.model.ts"], /broken\.model\.ts:\d+:\d+: train expects epochs/],
    ["no recipe", ["empty.model.ts"], /Tones has no recipe/],
    ["no data", ["tones.model.ts", "--data", "nowhere"], /nowhere/],
    [
      "weights that do not fit",
      ["tones.model.ts", "--from", "float/last.safetensors"],
      /no "in\.act_quant\.threshold"/,
    ],
    [
      "a calibration of nothing",
      ["tones.model.ts", "--calibrate", "max"],
      /--calibrate needs the weights of a float network/,
    ],
    [
      "a teacher of something else",
      ["tones.model.ts", "--teacher", "x", "--teacher-model", "two.model.ts"],
      /The teacher two\.model\.ts knows 2×16 samples and 2 classes, and the model has 2×16 samples and 3 classes/,
    ],
    ["more classes in the data than in the model", ["two.model.ts"], /has samples of class 2 .* tells 2 classes apart/],
    ["half a teacher", ["tones.model.ts", "--teacher", "x"], /--teacher and --teacher-model belong together/],
    ["an option that is no number", ["tones.model.ts", "--epochs", "0"], /Write a whole number of at least 1/],
    ["a share above one", ["tones.model.ts", "--validation", "1"], /Write a share such as 0\.1/],
  ])("%s is exit code 2 and one sentence", async (_, args, message) => {
    const { code, stdout, stderr } = await run(cwd, "train", ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(existsSync(path.join(cwd, "runs"))).toBe(false);
  });

  it("is a second process in the same folder", async () => {
    await done("train", "float.model.ts", "--out", "busy", "--epochs", "1");
    writeFileSync(path.join(cwd, "busy", "lock"), JSON.stringify({ pid: process.pid, host: os.hostname() }));
    const { code, stderr } = await run(cwd, "train", "--resume", "busy");
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`busy is in use by process ${process.pid}: wait until it ends`));
  });

  /** A limit on the size of files stands for a full disk, which a test cannot have. */
  it.skipIf(process.platform === "win32")("is a file that does not fit on the disk, and nothing is lost", async () => {
    const args = ["train", "float.model.ts", "--threads", "2", "--out", "small", "--epochs", "2"];
    const limited = spawn(
      "sh",
      ["-c", 'trap "" XFSZ; ulimit -f 3; exec "$@"', "sh", process.execPath, cliProgram(), ...args],
      {
        cwd,
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    let stderr = "";
    limited.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
    const [code] = (await once(limited, "close")) as [number];
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /\nquantlens: \S+ cannot be written: it would be larger than the system allows; raise the limit\.\n$/,
    );
    await done("train", "--resume", "small");
    await done("train", "float.model.ts", "--out", "large", "--epochs", "2");
    const [small, large] = ["small", "large"].map((out) => readFileSync(path.join(cwd, out, "last.safetensors")));
    expect(small?.equals(large ?? Buffer.alloc(0))).toBe(true);
  });

  it.skipIf(process.getuid?.() === 0)("is a folder that cannot be written", async () => {
    mkdirSync(path.join(cwd, "closed"));
    chmodSync(path.join(cwd, "closed"), 0o500);
    const { code, stderr } = await run(cwd, "train", "tones.model.ts", "--out", "closed/run");
    expect(code).toBe(2);
    expect(stderr).toMatch(/closed\/run cannot be written: you have no permission for it/);
  });
});
