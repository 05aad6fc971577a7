import { describe, expect, it } from "vitest";
import type { Batch } from "../train/backend.js";
import type { Subset } from "./dataset.js";
import { createSubset } from "./frames/subset.js";
import { createLoader, sequentialOrder, shuffledOrder } from "./loader.js";

/** Samples of two numbers, their own number twice; `reads` gets what is read. */
function numbers(size: number, reads: number[][] = [], broken?: number): Subset {
  const reader = {
    sampleLength: 2,
    read: async (samples: Uint32Array, into: Float32Array) => {
      reads.push([...samples]);
      await Promise.resolve();
      if (broken !== undefined && samples.includes(broken)) throw new Error(`sample ${broken} is broken`);
      samples.forEach((sample, at) => into.fill(sample, 2 * at, 2 * at + 2));
    },
    close: () => Promise.resolve(),
  };
  const indices = Uint32Array.from({ length: size }, (_, at) => 10 * at);
  return createSubset(reader, { indices, labels: Uint16Array.from({ length: size }, (_, at) => at % 3) });
}

async function collect(batches: AsyncIterable<Batch>) {
  const seen: { x: number[]; labels: number[]; size: number }[] = [];
  for await (const { x, labels, size } of batches) seen.push({ x: [...x], labels: [...labels], size });
  return seen;
}

describe("the loader", () => {
  it.each([0, 1, 2, 5])("gives samples and labels in order, %d batches ahead", async (prefetch) => {
    const order = Uint32Array.of(4, 0, 2, 1, 3);
    expect(await collect(createLoader(numbers(5), { batchSize: 2, order, prefetch }))).toEqual([
      { x: [40, 40, 0, 0], labels: [1, 0], size: 2 },
      { x: [20, 20, 10, 10], labels: [2, 1], size: 2 },
      { x: [30, 30], labels: [0], size: 1 },
    ]);
  });

  it("leaves out a last batch that is not full, when asked", async () => {
    const batches = await collect(
      createLoader(numbers(5), { batchSize: 2, order: sequentialOrder(5), dropLast: true }),
    );
    expect(batches.map(({ size }) => size)).toEqual([2, 2]);
    expect(await collect(createLoader(numbers(0), { batchSize: 2, order: sequentialOrder(0) }))).toEqual([]);
  });

  it("reads ahead while a batch is used, and no further", async () => {
    const reads: number[][] = [];
    const batches = createLoader(numbers(10, reads), { batchSize: 1, order: sequentialOrder(10), prefetch: 3 });
    await batches.next();
    expect(reads.length).toBe(4);
    await batches.next();
    expect(reads.length).toBe(5);
    await batches.return();
    expect(reads.length).toBe(5);
  });

  it("fails where the batch is due that cannot be read", async () => {
    const batches = createLoader(numbers(6, [], 40), { batchSize: 2, order: sequentialOrder(6), prefetch: 2 });
    expect((await batches.next()).done).toBe(false);
    expect((await batches.next()).done).toBe(false);
    await expect(batches.next()).rejects.toThrow("sample 40 is broken");
  });

  it("refuses positions that are not in the part", async () => {
    const batches = createLoader(numbers(3), { batchSize: 2, order: Uint32Array.of(0, 3) });
    await expect(batches.next()).rejects.toThrow("position 3 is not in a part of 3");
  });
});

describe("orders", () => {
  it("are permutations, the same for the same seed and epoch only", () => {
    const order = shuffledOrder(1000, 7, 3);
    expect([...order].sort((a, b) => a - b)).toEqual([...sequentialOrder(1000)]);
    expect(shuffledOrder(1000, 7, 3)).toEqual(order);
    for (const [seed, epoch] of [
      [7, 4],
      [8, 3],
      [3, 7],
    ] as const) {
      expect(shuffledOrder(1000, seed, epoch)).not.toEqual(order);
    }
    const atHome = order.filter((value, at) => value === at).length;
    expect(atHome).toBeLessThan(8);
  });
});
