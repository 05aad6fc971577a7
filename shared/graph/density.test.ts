import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftGraph, type QuantOptions } from "../testing/draft-graph.js";
import { countNonZero, quantizersOf } from "./density.js";
import { foldConstants } from "./fold.js";
import { inferShapes } from "./infer-shapes.js";

fc.configureGlobal({ seed: 2018 });

/** A quantised and turned weight, as a graph and the name of the tensor that a multiplication would read. */
function weight(values: readonly number[] | undefined, options: QuantOptions, density?: number) {
  const draft = draftGraph();
  const shape = [2, (values?.length ?? 6) / 2];
  const raw = draft.constant("w", shape, values, density === undefined ? {} : { density });
  const tensor = draft.node("Transpose", [draft.quant(raw, { name: "q", ...options })]);
  return { graph: inferShapes(draft.build(tensor)).value, tensor };
}

function count(values: readonly number[] | undefined, options: QuantOptions, bits?: number): number {
  const { graph, tensor } = weight(values, options);
  return countNonZero(graph, tensor, new Map(bits === undefined ? [] : [["q", bits]])).nonZero;
}

describe("countNonZero", () => {
  it("counts what is not zero after quantising: half a step rounds to zero", () => {
    expect(count([0.5, -0.5, 0.51, -0.51, 0, 3], { bits: 4, scale: 1 })).toBe(3);
    expect(count([0.5, -0.5, 0.51, -0.51, 0, 3], { bits: 4, scale: 1, signed: false })).toBe(2);
    expect(count([0, 0, 0, 0, 0, 0], { bits: 1, scale: 1 })).toBe(6);
  });

  it("takes a weight without values for dense, unless it states a density", () => {
    expect(count(undefined, { bits: 4 })).toBe(6);
    const { graph, tensor } = weight(undefined, { bits: 4 }, 0.5);
    expect(countNonZero(graph, tensor)).toEqual({ elements: 6, nonZero: 3 });
  });

  it("counts a float weight as it is", () => {
    const draft = draftGraph();
    const w = draft.constant("w", [4], [0, 1e-30, -0, 2]);
    expect(countNonZero(draft.build(w), w)).toEqual({ elements: 4, nonZero: 2 });
  });

  it("counts what any chain of constants gives", () => {
    const draft = draftGraph();
    const masked = draft.node("Mul", [
      draft.constant("w", [4], [1, 2, 3, 4]),
      draft.constant("mask", [4], [0, 1, 0, 1]),
    ]);
    const all = draft.node("Concat", [masked, draft.quant(masked, { bits: 8, scale: 3 })], { axis: 0 });
    expect(countNonZero(inferShapes(draft.build(all)).value, all)).toEqual({ elements: 8, nonZero: 4 });
  });

  it("agrees with folding and counting, whatever the quantiser", () => {
    const quantizer = fc.record({
      bits: fc.integer({ min: 1, max: 8 }),
      signed: fc.boolean(),
      narrow: fc.boolean(),
      scale: fc.oneof(
        fc.float({ min: 0, max: 2, noNaN: true }),
        fc.tuple(fc.constantFrom(0.25, 1), fc.constantFrom(0.5, 0)),
      ),
      zeroPoint: fc.constantFrom(0, 0, 1),
      rounding: fc.constantFrom("ROUND", "FLOOR", "CEIL"),
    });
    const quarter = fc.integer({ min: -12, max: 12 }).map((step) => step / 4);
    const values = fc.array(fc.oneof(quarter, fc.float({ min: -3, max: 3 })), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(values, quantizer, (data, { scale, ...options }) => {
        const scales = typeof scale === "number" ? { scale } : { scale, scaleShape: [2, 1] };
        const { graph, tensor } = weight(data, { ...options, ...scales });
        const folded = foldConstants(graph).tensors.get(tensor)?.data ?? [];
        const expected = Array.from(folded, Number).filter((value) => value !== 0).length;
        expect(countNonZero(graph, tensor)).toEqual({ elements: 6, nonZero: expected });
      }),
    );
  });

  it("agrees with folding and counting beside half a step, down to the smallest scales", () => {
    const scales = fc.oneof(
      fc.float({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(1.4e-45, 4.2e-45),
    );
    fc.assert(
      fc.property(scales, fc.boolean(), (scale, signed) => {
        const half = Math.fround(scale / 2);
        const above = neighbour(half, 1);
        const values = [half, -half, above, -above, neighbour(above, 1), half === 0 ? 0 : neighbour(half, -1)];
        const { graph, tensor } = weight(values, { bits: 4, scale, signed });
        const folded = foldConstants(graph).tensors.get(tensor)?.data ?? [];
        const expected = Array.from(folded, Number).filter((value) => value !== 0).length;
        expect(countNonZero(graph, tensor).nonZero).toBe(expected);
      }),
    );
  });
});

/** The next float32 above (`step` 1) or below a positive one. */
function neighbour(value: number, step: 1 | -1): number {
  const bits = new Int32Array(Float32Array.of(value).buffer);
  return new Float32Array(bits.map((word) => word + step).buffer)[0] ?? Number.NaN;
}

describe("a quantiser at another width", () => {
  const values = [1, -0.6, 0.3, 0.1, 0.03, 0];

  it("keeps its range: fewer bits, a wider scale, more zeros", () => {
    const scale = 1 / 7;
    const options = { bits: 4, scale, narrow: true };
    const counts = [8, 6, 4, 3, 2].map((bits) => count(values, options, bits));
    expect(counts).toEqual([5, 5, 4, 3, 2]);
    expect(count(values, options, 3)).toBe(count(values, { bits: 3, scale: 1 / 3, narrow: true }));
  });

  it("keeps a scale of exactly 1, which makes plain integers", () => {
    expect(count([4, 0.6, 0.4, 0, 0, 0], { bits: 8, scale: 1 }, 2)).toBe(2);
  });

  it("has no zeros at one signed bit", () => {
    expect(count(values, { bits: 4, scale: 0.5 }, 1)).toBe(6);
  });

  it("is found from the tensor that is read", () => {
    const { graph, tensor } = weight(values, { bits: 4, scale: 1 });
    expect(quantizersOf(graph, tensor)).toEqual(["q"]);
  });

  it("reaches through other quantisers and arithmetic on constants", () => {
    const draft = draftGraph();
    const q = draft.quant(draft.constant("w", [4], [1, 0.4, 0.2, 0.1]), { bits: 8, scale: 1 / 128, name: "q" });
    const twice = draft.node("Mul", [q, draft.constant("two", [], [2])]);
    const graph = inferShapes(draft.build(twice)).value;
    expect(countNonZero(graph, twice).nonZero).toBe(4);
    expect(countNonZero(graph, twice, new Map([["q", 2]])).nonZero).toBe(2);
  });
});
