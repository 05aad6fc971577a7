import { afterEach, describe, expect, test } from "vitest";
import { RandomStream } from "../../data/random/stream.js";
import type { Batch, SessionOptions, StepOptions } from "../backend.js";
import { initialize } from "../initialize.js";
import { programOf } from "../testing/program.js";
import { tinyNetwork } from "../testing/tiny-network.js";
import { wasmBackend } from "./backend.js";
import type { WasmSession } from "./session.js";

/** A small network with everything that BacalhauNet has. */
const program = programOf([1, 2, 32], tinyNetwork);

function randomBatch(size: number, seed = 3): Batch {
  const random = new RandomStream(seed);
  return {
    x: Float32Array.from({ length: size * 64 }, () => random.uniform(-1.5, 1.5)),
    labels: Int32Array.from({ length: size }, () => random.below(4)),
    size,
  };
}

const open: WasmSession[] = [];

async function openSession(options: Partial<SessionOptions> = {}, collected?: number): Promise<WasmSession> {
  const session = await wasmBackend.open(program, { batchSize: 40, threads: 1, ...options });
  open.push(session);
  for (const [name, values] of initialize(program, 7)) session.parameters.get(name)!.set(values);
  if (collected !== undefined) for (const name of session.collected.keys()) session.collected.set(name, collected);
  return session;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
});

/** Everything that a step leaves behind. */
async function stepped(session: WasmSession, batch: Batch, options: Partial<StepOptions> = {}): Promise<unknown> {
  const result = await session.trainStep(batch, { step: 0, ...options });
  const copy = (values: ReadonlyMap<string, Float32Array>): unknown =>
    Array.from(values, ([name, numbers]) => [name, Array.from(numbers)]);
  return { result, gradients: copy(session.gradients), parameters: copy(session.parameters) };
}

describe("threads", () => {
  test.each([2, 3])("%i give the same bits as one, whatever the batch", async (threads) => {
    const [one, several] = [await openSession(), await openSession({ threads })];
    for (const size of [1, 7, 40]) {
      expect(await stepped(several, randomBatch(size))).toEqual(await stepped(one, randomBatch(size)));
    }
    const { x } = randomBatch(33);
    expect(await several.predict(x, 33)).toEqual(await one.predict(x, 33));
  });

  test("a session that is closed during a step rejects it", async () => {
    const session = await openSession({ threads: 2 });
    const step = session.trainStep(randomBatch(40), { step: 0 });
    const rejected = expect(step).rejects.toThrow("The training session was closed");
    await session.close();
    await rejected;
    await expect(session.trainStep(randomBatch(4), { step: 1 })).rejects.toThrow("The training session was closed");
  });
});

describe("steps", () => {
  test("a batch smaller than the largest gives what a session of its size gives", async () => {
    const [large, small] = [await openSession({}, 30), await openSession({ batchSize: 5 }, 30)];
    await stepped(large, randomBatch(40, 9), { forwardOnly: true, freezeBatchNorm: true });
    expect(await stepped(large, randomBatch(5))).toEqual(await stepped(small, randomBatch(5)));
  });

  test("learned thresholds have gradients once their quantisers have stopped collecting", async () => {
    const session = await openSession();
    const threshold = "conv.0.relu.act_quant.threshold";
    for (let step = 0; step < 30; step++) {
      await session.trainStep(randomBatch(8, step), { step });
      expect(session.gradients.has(threshold)).toBe(false);
    }
    expect(session.collected.get("conv.0.relu.act_quant")).toBe(30);
    const tracked = session.parameters.get(threshold)![0]!;
    await session.trainStep(randomBatch(8), { step: 30 });
    expect(session.collected.get("conv.0.relu.act_quant")).toBe(30);
    expect(session.parameters.get(threshold)![0]).toBe(tracked);
    expect(session.gradients.get(threshold)![0]).not.toBe(0);
    // As in a session that has just begun, so that sums over all gradients are the same in a run that was taken up.
    const begun = await openSession({}, 30);
    await begun.trainStep(randomBatch(8), { step: 0 });
    expect([...session.gradients.keys()]).toEqual([...begun.gradients.keys()]);
  });

  test("frozen statistics are used and left alone", async () => {
    const session = await openSession({}, 30);
    const before = session.parameters.get("conv.0.norm.running_mean")!.slice();
    await session.trainStep(randomBatch(8), { step: 0, freezeBatchNorm: true });
    expect(session.parameters.get("conv.0.norm.running_mean")).toEqual(before);
    await session.trainStep(randomBatch(8), { step: 1 });
    expect(session.parameters.get("conv.0.norm.running_mean")).not.toEqual(before);
  });

  test("a forward step tracks statistics and leaves the gradients of the step before", async () => {
    const session = await openSession({}, 30);
    await session.trainStep(randomBatch(8), { step: 0 });
    const gradients = new Map(Array.from(session.gradients, ([name, values]) => [name, values.slice()]));
    const running = session.parameters.get("conv.0.norm.running_var")!.slice();
    const { loss } = await session.trainStep(randomBatch(8, 4), { step: 1, forwardOnly: true });
    expect(loss).toBeGreaterThan(0);
    expect(session.parameters.get("conv.0.norm.running_var")).not.toEqual(running);
    expect(session.gradients).toEqual(gradients);
  });

  test("a number that is none becomes a loss that is none", async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const session = await openSession({}, 30);
      const weight = session.parameters.get("conv.0.conv_1.weight")!;
      weight[0] = bad;
      const { loss } = await session.trainStep(randomBatch(4), { step: 0 });
      expect(loss).toBeNaN();
    }
  });

  test("a weight of zeros is left at zero by its quantiser", async () => {
    const session = await openSession({}, 30);
    session.parameters.get("conv.0.conv_1.weight")!.fill(0);
    const { loss } = await session.trainStep(randomBatch(4), { step: 0 });
    expect(loss).toBeGreaterThan(0);
    expect(session.gradients.get("conv.0.conv_1.weight")!.every(Number.isFinite)).toBe(true);
  });

  test("more samples than the session has room for are refused", async () => {
    const session = await openSession();
    await expect(session.trainStep(randomBatch(41), { step: 0 })).rejects.toThrow("1 to 40 samples, not 41");
  });
});

describe("masks", () => {
  test("a pruned weight is zero where it is used, and its statistics are those of the whole weight", async () => {
    const session = await openSession({}, 30);
    const name = "linear.weight";
    const weight = session.parameters.get(name)!;
    const largest = weight.reduce((best, value, at) => (Math.abs(value) > Math.abs(weight[best]!) ? at : best), 0);
    const mask = new Uint8Array(weight.length).fill(1);
    mask[largest] = 0;
    const before = session.scales();
    const step = { step: 0 };
    const whole = await session.trainStep(randomBatch(8), step);
    const gradient = session.gradients.get(name)!.slice();
    session.setMask(name, mask);
    expect(session.masks.get(name)).toBe(mask);
    const pruned = await session.trainStep(randomBatch(8), step);
    expect(pruned.loss).not.toBeCloseTo(whole.loss, 4);
    expect(session.scales()).toEqual(before);
    // The pruned element still has its share of the statistics' gradient.
    expect(session.gradients.get(name)![largest]).not.toBe(0);
    expect(session.gradients.get(name)).not.toEqual(gradient);
    weight[largest]! *= 0.5;
    expect((await session.trainStep(randomBatch(8), step)).loss).not.toBeCloseTo(pruned.loss, 4);
    weight[largest]! *= 2;
    session.setMask(name, undefined);
    expect((await session.trainStep(randomBatch(8), step)).loss).toBeCloseTo(whole.loss, 6);
  });
});

describe("evaluation", () => {
  test("any number of samples is evaluated, each by itself", async () => {
    const session = await openSession({ batchSize: 3 }, 30);
    const { x } = randomBatch(11);
    const all = await session.predict(x, 11);
    expect(all.length).toBe(44);
    for (const at of [0, 4, 10]) {
      expect(await session.predict(x.subarray(64 * at, 64 * (at + 1)), 1)).toEqual(all.subarray(4 * at, 4 * (at + 1)));
    }
  });

  test("values between the layers come in PyTorch's order, also those that a kernel does not write down", async () => {
    const session = await openSession({ inferenceOnly: true }, 30);
    const { x } = randomBatch(5);
    const values = program.values.map((_, value) => value);
    const found = await session.activations(x, 5, values);
    expect(found.get(program.input)).toEqual(x);
    expect(found.get(program.output)).toEqual(await session.predict(x, 5));
    const norm = program.ops.findIndex(({ kind }) => kind === "batchNorm");
    const [before, after] = [found.get(program.ops[norm]!.output)!, found.get(program.ops[norm + 1]!.output)!];
    expect(after).toEqual(before.map((value) => Math.max(value, 0)));
  });

  test("a session for inference cannot train", async () => {
    const session = await openSession({ inferenceOnly: true });
    await expect(session.trainStep(randomBatch(2), { step: 0 })).rejects.toThrow("inference only");
  });
});

test("steps down the gradient lower the loss", async () => {
  const session = await openSession();
  const batch = randomBatch(24);
  const losses: number[] = [];
  for (let step = 0; step < 80; step++) {
    losses.push((await session.trainStep(batch, { step })).loss);
    for (const [name, gradient] of session.gradients) {
      const values = session.parameters.get(name)!;
      for (let i = 0; i < values.length; i++) values[i]! -= 0.3 * gradient[i]!;
    }
  }
  expect(losses.at(-1)).toBeLessThan(0.7 * losses[0]!);
});
