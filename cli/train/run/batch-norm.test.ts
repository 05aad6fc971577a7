import { describe, expect, it } from "vitest";
import { batchNorm1d, flatten, int, quantConv1d, quantLinear, quantReLU, uint } from "../../../shared/dsl/index.js";
import type { Subset } from "../../data/dataset.js";
import { RandomStream } from "../../data/random/stream.js";
import { newRunState } from "../checkpoint/state.js";
import { initialize } from "../initialize.js";
import { programOf } from "../testing/program.js";
import { loadBackend } from "./backends.js";
import { reestimateBatchNorm } from "./batch-norm.js";
import { collectedOf } from "./network.js";
import type { TrainingPlan } from "./plan.js";

const program = programOf([1, 2, 6], (x) => {
  x = quantConv1d(x, { name: "conv", outChannels: 3, kernelSize: 3, bias: false });
  x = quantReLU(batchNorm1d(x, { name: "norm" }), { name: "act", actQuant: uint(4) });
  return quantLinear(flatten(x), { name: "last", outFeatures: 2, weightQuant: int(4), bias: false });
});

const size = 32;
const random = new RandomStream(2);
const data = Float32Array.from({ length: size * 12 }, () => 3 * random.gaussian() + 1);
const train: Subset = {
  size,
  sampleLength: 12,
  labels: new Uint16Array(size),
  indices: Uint32Array.from({ length: size }, (_, index) => index),
  read: (positions, into) => {
    positions.forEach((position, index) => {
      into.set(data.subarray(position * 12, (position + 1) * 12), index * 12);
    });
    return Promise.resolve();
  },
};

const context = { data: { train, test: train }, signal: new AbortController().signal };

function plan(batchSize: number, batches: number): TrainingPlan {
  return {
    epochs: 1,
    batchSize,
    optimizer: { kind: "adam", lr: 1, weightDecay: 0, options: {} },
    schedule: { kind: "constant", options: {} },
    labelSmoothing: 0,
    reestimateBatchNorm: batches,
    distillation: { temperature: 1, weight: 0 },
  };
}

async function session() {
  const opened = await (await loadBackend("tfjs")).open(program, { batchSize: size });
  for (const [name, values] of initialize(program, 4)) opened.parameters.get(name)?.set(values);
  return opened;
}

describe("batch norm's statistics estimated anew", () => {
  it("are those of the data under the network as it is", async () => {
    const trainee = await session();
    const conv = program.ops.find(({ kind }) => kind === "conv")?.output ?? -1;
    const outputs = (await trainee.activations(data, size, [conv])).get(conv) ?? new Float32Array();
    await reestimateBatchNorm(context, { session: trainee }, plan(size, 1), newRunState(0));
    for (let channel = 0; channel < 3; channel++) {
      const values = [...outputs].filter((_, index) => Math.floor(index / 4) % 3 === channel);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
      expect(trainee.parameters.get("norm.running_mean")?.[channel]).toBeCloseTo(mean, 4);
      expect(trainee.parameters.get("norm.running_var")?.[channel]).toBeCloseTo(variance, 3);
    }
  });

  it("are the mean over the batches, whatever they were before, and nothing else changes", async () => {
    const [whole, halves] = [await session(), await session()];
    const before = new Map([...halves.parameters].map(([name, values]) => [name, [...values]]));
    const collected = collectedOf(halves);
    halves.parameters.get("norm.running_mean")?.fill(1e6);
    await reestimateBatchNorm(context, { session: whole }, plan(size, 1), newRunState(0));
    await reestimateBatchNorm(context, { session: halves }, plan(size / 2, 2), newRunState(0));
    const means = [whole, halves].map(({ parameters }) => parameters.get("norm.running_mean") ?? new Float32Array());
    means[0]?.forEach((value, channel) => {
      expect(means[1]?.[channel]).toBeCloseTo(value, 4);
    });
    expect(collectedOf(halves)).toEqual(collected);
    for (const [name, values] of halves.parameters) {
      if (!name.includes("running")) expect([...values]).toEqual(before.get(name));
    }
  });

  it("stay without batches", async () => {
    const trainee = await session();
    await reestimateBatchNorm(context, { session: trainee }, plan(size, 0), newRunState(0));
    expect([...(trainee.parameters.get("norm.running_mean") ?? [])]).toEqual([0, 0, 0]);
  });
});
