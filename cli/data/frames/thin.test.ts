import { describe, expect, it } from "vitest";
import { prescribedSplit, splitFrames } from "./split.js";
import { thinned, thinnedParts } from "./thin.js";

/** How many of the samples have each value. */
function counts(values: Iterable<number>): Map<number, number> {
  const found = new Map<number, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}

describe("an even share of the samples", () => {
  const { train, test } = splitFrames(20, prescribedSplit);

  it.each([24, 100, 624, 1000, 5000])("of %d has every class and spreads over the SNRs", (count) => {
    const positions = thinned(train, count);
    expect(positions.length).toBe(count);
    expect([...positions]).toEqual([...new Set(positions)].sort((a, b) => a - b));
    const perClass = [...counts([...positions].map((at) => train.labels[at]!)).values()];
    expect(perClass.length).toBe(24);
    expect(Math.max(...perClass) - Math.min(...perClass)).toBeLessThanOrEqual(1);
    const perSnr = [...counts([...positions].map((at) => train.snrs[at]!)).values()];
    expect(perSnr.length).toBeGreaterThan(Math.min(count, 26) / 2);
    expect(Math.max(...perSnr)).toBeLessThanOrEqual(Math.ceil((count / 26) * 2));
  });

  it("keeps unequal classes in proportion", () => {
    const labels = Uint16Array.from({ length: 1000 }, (_, at) => (at < 100 ? 0 : at < 300 ? 1 : 2));
    expect([...counts([...thinned({ labels }, 50)].map((at) => labels[at]!)).values()]).toEqual([5, 10, 35]);
  });

  it("is everything when there is no more", () => {
    expect(thinned(test, test.labels.length + 1).length).toBe(test.labels.length);
  });

  it("leaves something in both parts", () => {
    const parts = thinnedParts({ train, test }, 300);
    expect([parts.train.indices.length, parts.test.indices.length]).toEqual([270, 30]);
    const few = thinnedParts({ train, test }, 2);
    expect([few.train.indices.length, few.test.indices.length]).toEqual([1, 1]);
  });
});
