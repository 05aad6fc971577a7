import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { CHECKPOINT_KEY, readSafetensorsFile } from "../../../shared/weights/safetensors.js";
import { runInProcess } from "./testing/in-process.js";
import { taskFolder, taskModel } from "./testing/task.js";

/** The schedule has the learning rate rise: from the second epoch on a step leaps as far as numbers are finite. */
const wild = (batchSize: number) =>
  `train({ epochs: 4, batchSize: ${batchSize}, optimizer: sgd({ lr: 0.01 }), schedule: cosineWarmRestarts({ t0: 4, etaMin: 1e20 }) })`;

const cwd = taskFolder({
  "calm.model.ts": taskModel("train({ epochs: 4, batchSize: 45, optimizer: sgd({ lr: 0.01 }) })"),
  "wild.model.ts": taskModel(wild(45)),
  "once.model.ts": taskModel(wild(180)),
});

/** Runs a model; Ctrl-C comes behind the first batch of an epoch or of an evaluation, as its bar is labelled. */
const interrupted = (model: string, out: string, stopAt: string, resumed = false) =>
  runInProcess({ cwd, model: `${model}.model.ts`, out, stopAt, resumed });

function bytes(out: string, file: string): Buffer {
  return readFileSync(path.join(cwd, out, file));
}

/** The largest magnitude of any tensor in a checkpoint, and how far it has come: `epoch.batch`. */
function look(out: string, file: string): { readonly largest: number; readonly at: string } {
  const { tensors = [], metadata } = readSafetensorsFile(bytes(out, file)).value ?? {};
  const { state } = JSON.parse(metadata?.get(CHECKPOINT_KEY) ?? "") as {
    readonly state: { readonly training?: { readonly epoch: number; readonly batch: number } };
  };
  const largest = Math.max(...tensors.flatMap(({ data }) => [...data].map(Math.abs)));
  return { largest, at: `${state.training?.epoch}.${state.training?.batch}` };
}

describe("a run that is stopped in the middle of an epoch", () => {
  it("keeps the last whole epoch beside what it goes on from", async () => {
    const { report } = await interrupted("calm", "calm", "train 1, epoch 3/4");
    expect(report.status).toBe("interrupted");
    expect(look("calm", "last.safetensors").at).toBe("2.1");
    expect(look("calm", "stages/1-train/last.safetensors").at).toBe("2.0");
    const kept = bytes("calm", "stages/1-train/last.safetensors");
    // A second stop in the same epoch has no whole epoch to keep.
    await interrupted("calm", "calm", "train 1, epoch 3/4", true);
    expect(look("calm", "last.safetensors").at).toBe("2.2");
    expect(bytes("calm", "stages/1-train/last.safetensors").equals(kept)).toBe(true);
    await interrupted("calm", "calm", "train 1, epoch 3, test", true);
    expect(look("calm", "last.safetensors").at).toBe("2.4");
    expect(bytes("calm", "stages/1-train/last.safetensors").equals(kept)).toBe(true);
    const { report: whole } = await interrupted("calm", "calm", "nothing", true);
    expect(whole.status).toBe("done");
    await interrupted("calm", "straight", "nothing");
    for (const file of ["last", "stages/1-train/last", "stages/1-train/best"])
      expect(bytes("calm", `${file}.safetensors`).equals(bytes("straight", `${file}.safetensors`))).toBe(true);
  });

  it("has nothing to keep in its first epoch", async () => {
    await interrupted("calm", "early", "train 1, epoch 1/4");
    expect(look("early", "last.safetensors").at).toBe("0.1");
    expect(existsSync(path.join(cwd, "early", "stages"))).toBe(false);
  });

  it("saves nothing over the last whole epoch when the step has ruined the network, though all is finite", async () => {
    const { report, message } = await interrupted("wild", "wild", "train 1, epoch 2/4");
    expect(report.status).toBe("diverged");
    expect(message).toMatch(
      /^The training diverged \(train 1, epoch 2\): the loss on the training data is \S+; lower the learning rate or limit the gradients \(clipNorm\)\. \S+last\.safetensors is the last good checkpoint, \S+stages\/1-train\/best\.safetensors the best epoch's network\.$/,
    );
    const { largest, at } = look("wild", "last.safetensors");
    expect(at).toBe("1.0");
    expect(largest).toBeLessThan(100);
    expect(look("wild", "stages/1-train/best.safetensors").largest).toBeLessThan(100);
  });

  it("does not save a ruined network either when the evaluation is stopped", async () => {
    const { report } = await interrupted("once", "once", "train 1, epoch 2, test");
    expect(report.status).toBe("diverged");
    expect(look("once", "last.safetensors").at).toBe("1.0");
  });
});
