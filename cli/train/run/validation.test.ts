import { describe, expect, it } from "vitest";
import type { Subset } from "../../data/dataset.js";
import { holdOut } from "./validation.js";

/** Samples of two numbers, their position and its double; three classes, two ratios, 10 samples of each. */
const subset: Subset = {
  size: 60,
  sampleLength: 2,
  labels: Uint16Array.from({ length: 60 }, (_, index) => index % 3),
  snrs: Int16Array.from({ length: 60 }, (_, index) => (index < 30 ? -4 : 10)),
  indices: Uint32Array.from({ length: 60 }, (_, index) => 1000 + index),
  read: (positions, into) => {
    positions.forEach((position, index) => {
      into.set([position, 2 * position], 2 * index);
    });
    return Promise.resolve();
  },
};

function perGroup({ labels, snrs }: Subset): Record<string, number> {
  const counts: Record<string, number> = {};
  labels.forEach((label, index) => {
    const key = `${label} at ${snrs?.[index] ?? "?"}`;
    counts[key] = (counts[key] ?? 0) + 1;
  });
  return counts;
}

describe("the held-out part", () => {
  const { train, validation } = holdOut(subset, 0.2);

  it("has its share of each class and ratio, and no sample that is trained on", () => {
    expect(new Set(Object.values(perGroup(validation)))).toEqual(new Set([2]));
    expect(Object.keys(perGroup(validation))).toHaveLength(6);
    expect([...train.indices, ...validation.indices].sort((a, b) => a - b)).toEqual([...subset.indices]);
    expect(train.size).toBe(48);
  });

  it("reads the samples that it names", async () => {
    for (const part of [train, validation]) {
      const into = new Float32Array(2 * 2);
      const last = part.size - 1;
      await part.read(Uint32Array.of(last, 0), into);
      const sources = [last, 0].map((position) => (part.indices[position] ?? 0) - 1000);
      expect([...into]).toEqual(sources.flatMap((source) => [source, 2 * source]));
      expect([part.labels[last], part.snrs?.[last]]).toEqual([
        subset.labels[sources[0] ?? 0],
        subset.snrs?.[sources[0] ?? 0],
      ]);
    }
  });

  it("is the same every time, and not the first samples", () => {
    expect(holdOut(subset, 0.2).validation.indices).toEqual(validation.indices);
    expect(Math.max(...validation.indices.subarray(0, 6))).toBeGreaterThan(1008);
  });

  it("leaves each class something to train on", () => {
    const tiny = holdOut(subset, 0.99);
    expect(new Set(Object.values(perGroup(tiny.train)))).toEqual(new Set([1]));
    expect(new Set(Object.values(perGroup(holdOut(subset, 0.001).validation)))).toEqual(new Set([1]));
  });
});
