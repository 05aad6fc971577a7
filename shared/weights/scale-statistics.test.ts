import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../testing/golden.js";
import { statisticsScale } from "./scale-statistics.js";

const grid = { bits: 6, signed: true, narrow: true };

describe("statisticsScale", () => {
  it("is the largest magnitude over the largest integer, per tensor or per channel", () => {
    const weights = Float32Array.of(0.5, -0.5, 0.25, -1, 0.125, 0);
    expect([...statisticsScale(weights, [2, 3], [], grid)]).toEqual([Math.fround(1 / 31)]);
    expect([...statisticsScale(weights, [2, 3], [2, 1], { ...grid, bits: 2 })]).toEqual([0.5, 1]);
    expect([...statisticsScale(weights, [2, 3], [], { ...grid, narrow: false })]).toEqual([1 / 32]);
    expect([...statisticsScale(weights, [2, 3], [], { bits: 2, signed: false, narrow: false })]).toEqual([
      Math.fround(1 / 3),
    ]);
  });

  it("has an answer where Brevitas divides by zero: one bit, and weights that are all zero", () => {
    expect([...statisticsScale(Float32Array.of(-0.5, 0.25), [2], [], { ...grid, bits: 1 })]).toEqual([0.5]);
    expect([...statisticsScale(Float32Array.of(0, 0, 0.62, 0), [2, 2], [2, 1], grid)]).toEqual([
      1,
      Math.fround(Math.fround(0.62) / 31),
    ]);
  });
});

interface QuantizerCase {
  readonly shape: readonly number[];
  readonly input: readonly number[];
  readonly scale: number | readonly number[];
  readonly scale_shape: readonly number[];
  readonly bit_width: number;
}

const files = [2, 3, 4, 5, 6, 7, 8].flatMap((bits) => [
  `Int8WeightPerTensorFloat_b${bits}.json`,
  `Int8WeightPerChannelFloat_b${bits}.json`,
]);

describe.skipIf(!hasGolden)("against Brevitas", () => {
  it.each(files)("%s", (file) => {
    const text = readFileSync(goldenPath("quantizers", file), "utf8");
    const { cases } = JSON.parse(text) as { readonly cases: Readonly<Record<string, QuantizerCase>> };
    for (const { input, shape, scale, scale_shape: scaleShape, bit_width: bits } of Object.values(cases)) {
      const found = statisticsScale(Float32Array.from(input), shape, scaleShape, { ...grid, bits });
      expect(found).toEqual(Float32Array.from([scale].flat()));
    }
  });
});
