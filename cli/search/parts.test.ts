import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allocationPath, type AllocatedLocation } from "./allocate.js";
import { lastPassing } from "./bisect.js";
import { parseGoal } from "./options.js";
import { divergence } from "./sensitivity.js";

describe("allocations", () => {
  /** Weights and inputs are multiplied, as bit-operations are. */
  const cost = ([a = 0, b = 0, c = 0]: readonly number[]): number => 3 * a * b + c;

  const locations: readonly AllocatedLocation[] = [
    { widths: [4, 3, 2], sensitivity: { 4: 0, 3: 0.1, 2: 0.5 } },
    { widths: [4, 3, 2], sensitivity: { 4: 0, 3: 0.4, 2: 0.9 } },
    { widths: [8, 7, 6, 5, 4, 3, 2], sensitivity: { 8: 0, 7: 0, 6: 0, 5: 0, 4: 0.01, 3: 0.2, 2: 3 } },
  ];

  it("begin as written, end at the narrowest, and each is cheaper than the one before", () => {
    const path = allocationPath(locations, cost);
    expect(path[0]).toEqual({ bits: [4, 4, 8], cost: 56, divergence: 0 });
    expect(path.at(-1)?.bits).toEqual([2, 2, 2]);
    for (const [index, step] of path.entries()) {
      expect(step.cost).toBe(cost(step.bits));
      if (index > 0) expect(step.cost).toBeLessThan(path[index - 1]?.cost ?? 0);
    }
  });

  it("take first what costs nothing, and go past a width that is worse than the next", () => {
    expect(allocationPath(locations, cost)[1]?.bits).toEqual([4, 4, 7]);
    const bump: readonly AllocatedLocation[] = [{ widths: [4, 3, 2], sensitivity: { 4: 0, 3: 0.5, 2: 0.5 } }];
    expect(allocationPath(bump, ([a = 0]) => a).map(({ bits }) => bits)).toEqual([[4], [2]]);
  });

  it("are as good as any for what they cost, where costs add up", () => {
    const width = fc.record({ 4: fc.constant(0), 3: fc.nat(20), 2: fc.nat(40) });
    const add = fc.array(fc.tuple(width, fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(add, (parts) => {
        const own = parts.map(([sensitivity]): AllocatedLocation => ({
          widths: [4, 3, 2],
          sensitivity: { 4: 0, 3: Math.min(sensitivity[3], sensitivity[2]), 2: sensitivity[2] },
        }));
        const price = (bits: readonly number[]) =>
          bits.reduce((sum, each, index) => sum + each * (parts[index]?.[1] ?? 0), 0);
        const lost = (bits: readonly number[]) =>
          bits.reduce((sum, each, index) => sum + (own[index]?.sensitivity[each] ?? 0), 0);
        const all = own.reduce<number[][]>(
          (list, { widths }) => list.flatMap((bits) => widths.map((each) => [...bits, each])),
          [[]],
        );
        // A path of best ratios is the lower hull: nothing that costs as little loses less.
        for (const { bits } of allocationPath(own, price)) {
          for (const other of all)
            if (price(other) <= price(bits)) expect(lost(other)).toBeGreaterThanOrEqual(lost(bits) - 1e-9);
        }
      }),
      { seed: 11 },
    );
  });
});

describe("the last that passes", () => {
  it("is found with few trials", async () => {
    for (let count = 1; count <= 40; count++) {
      for (let last = 0; last < count; last++) {
        const tried: number[] = [];
        const found = await lastPassing(count, (index) => Promise.resolve(tried.push(index) > 0 && index <= last));
        expect(found).toBe(last);
        expect(new Set(tried).size).toBe(tried.length);
        expect(tried.length).toBeLessThanOrEqual(1 + Math.ceil(Math.log2(count)));
      }
    }
    expect(await lastPassing(3, () => Promise.resolve(false))).toBeUndefined();
  });
});

describe("divergence", () => {
  const of = (...logits: number[]) => ({ logits: Float32Array.from(logits), classes: 2 });

  it("is that of Kullback and Leibler, the mean over samples", () => {
    expect(divergence(of(1, 2, 3, 4), of(1, 2, 3, 4))).toBe(0);
    // Only differences of logits count.
    expect(divergence(of(1, 2), of(11, 12))).toBeCloseTo(0, 6);
    const [p, q] = [1 / (1 + Math.exp(2)), 1 / (1 + Math.exp(-1))];
    const expected = p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
    expect(divergence(of(0, 2), of(1, 0))).toBeCloseTo(expected, 6);
    expect(divergence(of(0, 2, 5, 5), of(1, 0, 7, 7))).toBeCloseTo(expected / 2, 6);
    expect(divergence(of(1000, -1000), of(-1000, 1000))).toBe(2000);
    expect(divergence(of(), of())).toBe(0);
  });
});

describe("goals", () => {
  it.each<[string, number]>([
    ["accuracy>=0.56", 0.56],
    [" accuracy >= 56 % ", 0.56],
    ["accuracy>=.5", 0.5],
    ["accuracy>=1", 1],
  ])("%s", (text, expected) => {
    expect(parseGoal(text)).toBeCloseTo(expected, 12);
  });

  it.each(["accuracy>0.5", "accuracy>=0", "accuracy>=1.01", "accuracy>=101%", "0.56", "score<=0.02", ""])(
    "not %j",
    (text) => {
      expect(() => parseGoal(text)).toThrow("Write the accuracy to keep");
    },
  );
});
