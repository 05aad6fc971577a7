import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readSafetensorsFile } from "../../../shared/weights/safetensors.js";
import { cliProgram } from "../../testing/run-cli.js";
import { eventsOf, run, runUntil, taskFolder, taskModel, type LoggedEvent } from "./testing/task.js";

/** Every kind of stage, with what they remember: momentum, moments, plateau, dropout, masks, accepted rounds. */
const recipe = `
  train({ epochs: 2, batchSize: 32, optimizer: adam({ lr: 0.01, weightDecay: 1e-4 }), schedule: cosineWarmRestarts({ t0: 2 }), seed: 3 }),
  prune({ minAbs: 0.1, finetune: { epochs: 2, schedule: plateau({ patience: 0 }), reestimateBatchNorm: 2 } }),
  train({ epochs: 1, batchSize: 48, optimizer: sgd({ lr: 0.01, momentum: 0.9 }), freezeBatchNormAfter: 0, freezeScalesAfter: 0 }),
  prune({ target: { sparsity: 0.6 }, scope: "global", schedule: "iterative", steps: 2, finetune: { epochs: 1 } }),
  prune({ target: { sparsity: 0.99 }, schedule: "feedback", steps: 2, minAccuracy: 0.8, finetune: { epochs: 1, lr: 0.001 } }),
`;

/** A step of this network takes a second. */
const slow = taskModel("train({ epochs: 1, batchSize: 160 })").replace(
  "x = batchNorm1d",
  `for (const name of ["wide", "wider"]) x = quantConv1d(x, { name, outChannels: 512, kernelSize: 5, padding: 2 });
    x = batchNorm1d`,
);

const cwd = taskFolder({ "tones.model.ts": taskModel(recipe), "slow.model.ts": slow });
const args = (out: string) => ["train", "tones.model.ts", "--threads", "2", "--validation", "0.2", "--out", out];

/** All checkpoints of a run, by their place in its folder. */
function checkpoints(out: string): ReadonlyMap<string, string> {
  const files = readdirSync(path.join(cwd, out), { recursive: true, encoding: "utf8" });
  return new Map(
    files
      .filter((file) => file.endsWith(".safetensors"))
      .sort()
      .map((file) => [file, readFileSync(path.join(cwd, out, file)).toString("latin1")]),
  );
}

/** Those of the uninterrupted run, to the last byte. */
function expectSameCheckpoints(out: string): void {
  const [found, whole] = [checkpoints(out), checkpoints("whole")];
  expect([...found.keys()]).toEqual([...whole.keys()]);
  expect([...found].filter(([file, bytes]) => bytes !== whole.get(file)).map(([file]) => file)).toEqual([]);
}

/** What a run came to, without the time that it took. */
function report(out: string): unknown {
  const { seconds, ...rest } = JSON.parse(readFileSync(path.join(cwd, out, "report.json"), "utf8")) as {
    seconds: number;
  };
  expect(seconds).toBeGreaterThan(0);
  return rest;
}

/** `pruned 4.2`: the event, the stage and the round. */
function label(event: LoggedEvent): string {
  return "stage" in event ? `${event.event} ${event.stage}.${event.round}` : event.event;
}

describe("a run that is killed and resumed", () => {
  beforeAll(async () => {
    const { code, stderr } = await run(cwd, ...args("whole"));
    expect(stderr).not.toContain("quantlens:");
    expect(code).toBe(0);
  });

  it("has, uninterrupted, every stage and undoes what feedback gives up", () => {
    const labels = eventsOf(path.join(cwd, "whole")).map(label);
    expect(labels.filter((text) => text.startsWith("stage"))).toHaveLength(5);
    expect(labels).toContain("pruned 4.2");
    expect(labels.some((text) => text.startsWith("undone 5"))).toBe(true);
  });

  it("keeps statistics and scales where the recipe freezes them, and trains the rest", () => {
    const tensors = (stage: string) => {
      const file = readSafetensorsFile(
        readFileSync(path.join(cwd, "whole", "stages", stage, "last.safetensors")),
      ).value;
      return new Map(file?.tensors.map(({ name, data }) => [name, [...data]]));
    };
    const [before, after] = [tensors("2-prune"), tensors("3-train")];
    const same = [...after].filter(([name, data]) => before.get(name)?.join() === data.join()).map(([name]) => name);
    expect(same.filter((name) => !name.includes("/")).sort()).toEqual([
      "act.act_quant.threshold",
      "in.act_quant.threshold",
      "norm.running_mean",
      "norm.running_var",
    ]);
  });

  it("by SIGKILL in every stage, again and again, ends with the same bytes", async () => {
    const out = "killed";
    const points = [
      ["stage", 1],
      ["epoch", 1],
      ["pruned", 2],
      ["measured", 2],
      ["epoch", 3],
      ["pruned", 4],
      ["undone", 5],
    ] as const;
    let command = args(out);
    for (const [name, stage] of points) {
      const isReached = (event: LoggedEvent) => event.event === name && "stage" in event && event.stage === stage;
      expect(await runUntil({ cwd, out, args: command }, isReached, "SIGKILL")).toBeNull();
      command = ["train", "--resume", out];
    }
    const { code, stderr } = await run(cwd, ...command);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("goes on in stage 5") as string,
    });
    expectSameCheckpoints(out);
    expect(report(out)).toEqual(report("whole"));
  });

  it("by Ctrl-C, which saves within an epoch, ends with the same bytes", async () => {
    const out = "interrupted";
    let command = args(out);
    for (const [signal, wanted] of [
      ["SIGINT", "stage"],
      ["SIGTERM", "pruned"],
    ] as const) {
      expect(await runUntil({ cwd, out, args: command }, (event) => event.event === wanted, signal)).toBe(130);
      expect(eventsOf(path.join(cwd, out)).at(-1)).toMatchObject({ event: "end", status: "interrupted" });
      command = ["train", "--resume", out];
    }
    const { code } = await run(cwd, ...command);
    expect(code).toBe(0);
    expectSameCheckpoints(out);
  });

  it("by a second Ctrl-C ends at once, and goes on from what was saved before", async () => {
    const out = "twice";
    const child = spawn(process.execPath, [cliProgram(), "train", "slow.model.ts", "--out", out], {
      cwd,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    let signals = 0;
    child.stderr.on("data", (text: Buffer) => {
      stderr += text.toString();
      // The second one as soon as the first one is answered, while the step still computes.
      if (signals < (stderr.includes("stage 1") ? 1 : 0) + (stderr.includes("Ctrl-C again") ? 1 : 0)) {
        signals++;
        child.kill("SIGINT");
      }
    });
    const [code] = (await once(child, "close")) as [number];
    expect({ code, signals }).toEqual({ code: 130, signals: 2 });
    expect(stderr).not.toContain("Go on with");
    expect(existsSync(path.join(cwd, out, "lock"))).toBe(false);
    expect(eventsOf(path.join(cwd, out)).at(-1)?.event).not.toBe("end");
  });

  it("after it is done prints what it came to once more", async () => {
    const { code, stdout, stderr } = await run(cwd, "train", "--resume", "whole");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "The run is in whole.\n" });
    expect(stdout).toMatch(/^stage +epochs .*\ntrain 1 +2 /);
  });

  it("says when model or data are others now", async () => {
    cpSync(path.join(cwd, "whole"), path.join(cwd, "changed"), { recursive: true });
    const other = taskFolder({
      "network.model.ts": taskModel(recipe).replace("outChannels: 8", "outChannels: 9"),
      "recipe.model.ts": taskModel(recipe.replace("epochs: 2", "epochs: 3")),
      "data.model.ts": taskModel(recipe).replace("testFraction: 0.25", "testFraction: 0.5"),
    });
    for (const part of ["network", "recipe", "data"]) {
      const { code, stderr } = await run(cwd, "train", path.join(other, `${part}.model.ts`), "--resume", "changed");
      expect(code).toBe(2);
      expect(stderr).toMatch(
        new RegExp(`^quantlens: The ${part} of \\S+ is not the one that changed was begun with: [^\\n]+\\n$`),
      );
    }
  });
});
