import { describe, expect, test } from "vitest";
import { RandomStream } from "../../data/random/stream.js";
import type { Backend, Batch } from "../backend.js";
import { initialize } from "../initialize.js";
import type { TrainProgram } from "../program.js";
import { randomNetwork } from "../testing/random-network.js";
import { tfjsBackend } from "../tfjs/backends.js";
import { wasmBackend } from "./backend.js";

/** What a step leaves behind, and the logits after it. */
interface Outcome {
  readonly loss: number;
  readonly tensors: ReadonlyMap<string, Float32Array>;
  readonly collected: ReadonlyMap<string, number>;
}

async function outcome(
  backend: Backend,
  program: TrainProgram,
  seed: number,
  batch: Batch,
  hasCollected: boolean,
): Promise<Outcome> {
  // Without rounding no noise can move a value to another code.
  const session = await backend.open(program, { batchSize: batch.size, threads: 1, rounding: false, seed: 5 });
  for (const [name, values] of initialize(program, seed)) session.parameters.get(name)!.set(values);
  for (const { name, scale } of program.quantizers) {
    if (hasCollected && scale.kind === "learned") session.collected.set(name, scale.collectSteps);
  }
  const { loss } = await session.trainStep(batch, { step: 3, labelSmoothing: 0.1 });
  const tensors = new Map([["logits", await session.predict(batch.x, batch.size)]]);
  for (const [name, values] of session.gradients) tensors.set(`gradient of ${name}`, values.slice());
  for (const [name, values] of session.parameters) tensors.set(name, values.slice());
  await session.close();
  return { loss, tensors, collected: new Map(session.collected) };
}

function randomBatch(program: TrainProgram, seed: number): Batch {
  const random = new RandomStream(seed, 0x62);
  const count = program.values[program.input]!.shape.reduce((total, size) => total * size, 1);
  const classes = program.values[program.output]!.shape[0]!;
  const size = 1 + random.below(5);
  return {
    x: Float32Array.from({ length: size * count }, () => random.uniform(-1.5, 1.5)),
    labels: Int32Array.from({ length: size }, () => random.below(classes)),
    size,
  };
}

function largest(values: Float32Array, others?: Float32Array): number {
  return values.reduce((most, value, at) => Math.max(most, Math.abs(value - (others?.[at] ?? 0))), 0);
}

/**
 * Tensors that differ by more than float32 explains. Where the reference itself jumps when the input changes in its last digits
 * (a maximum of two equal values, a ReLU at 0), the difference may be as large as the jump.
 */
function differences(found: Outcome, expected: Outcome, moved: Outcome): readonly string[] {
  const gradients = [...expected.tensors].filter(([name]) => name.startsWith("gradient"));
  const ofAll = Math.max(0, ...gradients.map(([, values]) => largest(values)));
  return [...expected.tensors].flatMap(([name, values]) => {
    const [other, jumped] = [found.tensors.get(name), moved.tensors.get(name)];
    if (!other || !jumped) return [`${name} is missing`];
    const allowed = 1e-3 * largest(values) + 1e-6 + 2e-5 * ofAll + 10 * largest(values, jumped);
    const difference = largest(values, other);
    return difference <= allowed ? [] : [`${name} differs by ${difference}, allowed is ${allowed}`];
  });
}

const seeds = Array.from({ length: 40 }, (_, seed) => seed);

describe.each([
  ["collecting statistics", false],
  ["learning thresholds", true],
] as const)("random networks as the reference computes them, %s", (_, hasCollected) => {
  test.each(seeds)("seed %i", async (seed) => {
    const { program, layers } = randomNetwork(seed);
    const batch = randomBatch(program, seed);
    const random = new RandomStream(seed, 0x6d);
    const near = { ...batch, x: batch.x.map((value) => value * (1 + 3e-6 * random.uniform(-1, 1))) };
    const expected = await outcome(tfjsBackend, program, seed, batch, hasCollected);
    const moved = await outcome(tfjsBackend, program, seed, near, hasCollected);
    const found = await outcome(wasmBackend, program, seed, batch, hasCollected);
    expect({ layers, differences: differences(found, expected, moved) }).toEqual({ layers, differences: [] });
    expect([...found.tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort());
    expect(found.collected).toEqual(expected.collected);
    expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-3 + 10 * Math.abs(moved.loss - expected.loss));
  });
});
