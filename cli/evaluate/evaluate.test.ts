import { describe, expect, it } from "vitest";
import type { Subset } from "../data/dataset.js";
import { forEachBatch, spreadPositions } from "./batches.js";

/** A subset whose samples are two numbers: its position and ten times that. */
function countingSubset(size: number, failAt = Infinity): Subset {
  return {
    size,
    labels: new Uint16Array(size),
    indices: Uint32Array.from({ length: size }, (_, index) => index),
    async read(positions, into) {
      // Leaves the turn, as a file does, so that reads and visits interleave.
      await Promise.resolve();
      if (positions.some((position) => position >= failAt)) throw new Error("the disk is gone");
      positions.forEach((position, index) => {
        into.set([position, 10 * position], 2 * index);
      });
    },
  };
}

describe("spreadPositions", () => {
  it("takes all, or as many as asked evenly spaced", () => {
    expect([...spreadPositions(3)]).toEqual([0, 1, 2]);
    expect([...spreadPositions(10, 4)]).toEqual([0, 2, 5, 7]);
    expect([...spreadPositions(2, 5)]).toEqual([0, 1]);
    expect([...spreadPositions(0, 5)]).toEqual([]);
  });
});

describe("forEachBatch", () => {
  const sizes = { batchSize: 3, sampleSize: 2 };

  it("gives every sample once, in order, the last batch short", async () => {
    const seen: number[][] = [];
    await forEachBatch(countingSubset(7), spreadPositions(7), sizes, (batch) => {
      seen.push([...batch.x]);
      return Promise.resolve();
    });
    expect(seen).toEqual([
      [0, 0, 1, 10, 2, 20],
      [3, 30, 4, 40, 5, 50],
      [6, 60],
    ]);
  });

  it("keeps a batch as it is while the next one is read", async () => {
    await forEachBatch(countingSubset(9), spreadPositions(9), sizes, async ({ x, positions }) => {
      const before = [...x];
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      expect([...x]).toEqual(before);
      expect(x[0]).toBe(positions[0]);
    });
  });

  it("tells a failed read after the batches before it, and the visitor's error first", async () => {
    let visits = 0;
    const count = async (): Promise<void> => {
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      visits++;
    };
    await expect(forEachBatch(countingSubset(9, 6), spreadPositions(9), sizes, count)).rejects.toThrow(
      "the disk is gone",
    );
    expect(visits).toBe(2);
    const fail = (): Promise<void> => Promise.reject(new Error("the visitor left"));
    await expect(forEachBatch(countingSubset(9, 3), spreadPositions(9), sizes, fail)).rejects.toThrow(
      "the visitor left",
    );
  });
});
