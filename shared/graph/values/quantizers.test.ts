import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { draftGraph, type QuantOptions } from "../../testing/draft-graph.js";
import { goldenPath, hasGolden } from "../../testing/golden.js";
import { evaluateNode } from "../evaluate.js";
import type { Tensor } from "../graph.js";
import { integerRange } from "./quantizers.js";
import { roundHalfToEven, roundingFunction } from "./rounding.js";

/** The values of a Quant node over these inputs. */
function quantize(values: readonly number[], shape: readonly number[], options: QuantOptions): readonly number[] {
  const draft = draftGraph();
  const out = draft.quant(draft.constant("w", shape, values), options);
  const graph = draft.build(out);
  const [node] = graph.nodes;
  const inputs = node?.inputs.map((name) => graph.tensors.get(name)) ?? [];
  const [value] = (node && evaluateNode(node, inputs)) ?? [];
  return Array.from(value?.data ?? [], Number);
}

describe("Quant", () => {
  it("scales, clamps, rounds half to even and scales back", () => {
    const inputs = [-9, -0.75, -0.25, 0, 0.25, 0.75, 1.25, 1.75, 9];
    const expected = [-4, -1, 0, 0, 0, 1, 1, 2, 3.5];
    expect(quantize(inputs, [9], { bits: 4, scale: 0.5 }).map((x) => x + 0)).toEqual(expected);
  });

  it("leaves out the lowest integer when narrow, and everything negative when unsigned", () => {
    expect(quantize([-9, 9], [2], { bits: 3, scale: 1, narrow: true })).toEqual([-3, 3]);
    expect(quantize([-9, 9], [2], { bits: 3, scale: 1, signed: false })).toEqual([0, 7]);
    expect(quantize([-9, 9], [2], { bits: 3, scale: 1, signed: false, narrow: true })).toEqual([0, 6]);
  });

  it("is plus or minus the scale at one signed bit, zero going up", () => {
    expect(quantize([-0.1, 0, 0.1], [3], { bits: 1, scale: 0.25 })).toEqual([-0.25, 0.25, 0.25]);
    expect(quantize([-0.1, 0, 0.1], [3], { bits: 1, scale: 0.25, opType: "BipolarQuant" })).toEqual([
      -0.25, 0.25, 0.25,
    ]);
  });

  it("shifts by the zero point before it clamps, and back afterwards", () => {
    expect(quantize([-1, 0, 3], [3], { bits: 2, scale: 1, signed: false, zeroPoint: 1 })).toEqual([-1, 0, 2]);
  });

  it("has a scale per channel", () => {
    const options = { bits: 8, scale: [1, 10], scaleShape: [2, 1] };
    expect(quantize([1.2, 2.7, 12, 27], [2, 2], options)).toEqual([1, 3, 10, 30]);
  });

  it.each([
    ["ROUND", [-2, 0, 2, 2]],
    ["FLOOR", [-2, 0, 1, 2]],
    ["CEIL", [-1, 1, 2, 3]],
    ["half_up", [-2, 1, 2, 3]],
    ["HALF_DOWN", [-1, 0, 1, 2]],
    ["DOWN", [-1, 0, 1, 2]],
    ["UP", [-2, 1, 2, 3]],
  ] as const)("rounds %s", (rounding, expected) => {
    const rounded = quantize([-1.5, 0.5, 1.5, 2.5], [4], { bits: 8, scale: 1, rounding });
    expect(rounded.map((x) => x + 0)).toEqual(expected);
  });
});

describe("QuantizeLinear and DequantizeLinear", () => {
  const constant = (elementType: Tensor["elementType"], shape: number[], ...data: number[]): Tensor => {
    const make = { int8: Int8Array, uint8: Uint8Array, float32: Float32Array }[
      elementType as "int8" | "uint8" | "float32"
    ];
    return { name: "", elementType, shape, constant: true, data: make.from(data) };
  };
  const run = (opType: string, inputs: readonly Tensor[], axis = 1) => {
    const names = inputs.map((_, index) => `in${index}`);
    const node = { name: "n", opType, domain: "", inputs: names, outputs: ["y"], attributes: { axis } };
    const [value] = evaluateNode(node, inputs) ?? [];
    return value && [value.elementType, Array.from(value.data ?? [], Number)];
  };

  it("saturate in the container of the zero point", () => {
    const x = constant("float32", [4], -1000, -1.5, 2.5, 1000);
    const one = constant("float32", [], 1);
    expect(run("QuantizeLinear", [x, one, constant("int8", [], 3)])).toEqual(["int8", [-128, 1, 5, 127]]);
    expect(run("QuantizeLinear", [x, one])).toEqual(["uint8", [0, 0, 2, 255]]);
  });

  it("work per tensor and along an axis", () => {
    const x = constant("int8", [2, 2], 1, 2, 3, 4);
    const zero = constant("int8", [2], 0, 1);
    expect(run("DequantizeLinear", [x, constant("float32", [], 0.5)])).toEqual(["float32", [0.5, 1, 1.5, 2]]);
    expect(run("DequantizeLinear", [x, constant("float32", [2], 1, 10), zero])).toEqual(["float32", [1, 10, 3, 30]]);
    expect(run("DequantizeLinear", [x, constant("float32", [2], 1, 10), zero], 0)).toEqual(["float32", [1, 2, 20, 30]]);
  });

  it("leave block quantisation unevaluated", () => {
    const x = constant("int8", [2, 4], 1, 2, 3, 4, 5, 6, 7, 8);
    expect(run("DequantizeLinear", [x, constant("float32", [2, 2], 1, 1, 1, 1)])).toBeUndefined();
  });
});

describe("rounding", () => {
  it("takes ties to the even neighbour", () => {
    const ties = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4999, -0.2];
    expect(ties.map((x) => roundHalfToEven(x) + 0)).toEqual([-2, -2, 0, 0, 2, 2, 2, 0]);
    expect(roundHalfToEven(NaN)).toBeNaN();
  });

  it("is half-to-even for a mode that is not known", () => {
    expect(roundingFunction("stochastic")(2.5)).toBe(2);
  });
});

describe("integerRange", () => {
  it.each([
    [8, true, false, -128, 127],
    [8, true, true, -127, 127],
    [8, false, false, 0, 255],
    [8, false, true, 0, 254],
    [2, true, true, -1, 1],
  ])("of %i bits, signed %s, narrow %s is %i to %i", (bits, signed, narrow, min, max) => {
    expect(integerRange(bits, signed, narrow)).toEqual({ min, max });
  });
});

interface BrevitasCase {
  readonly shape: readonly number[];
  readonly input: readonly number[];
  readonly scale: number | readonly number[];
  readonly scale_shape?: readonly number[];
  readonly zero_point?: number;
  readonly bit_width: number;
  readonly signed: boolean;
  readonly narrow_range?: boolean;
  readonly int: readonly number[];
  readonly output: readonly number[];
}

/** Fixtures whose output is what a Quant node gives for their input; the others test training or other quantisers. */
const brevitasFiles = hasGolden
  ? readdirSync(goldenPath("quantizers")).filter((name) =>
      /^(Int8Weight|QuantHardTanh|QuantIdentity|QuantReLU_Uint8)/.test(name),
    )
  : [];

describe.skipIf(!hasGolden)("Brevitas's quantisers", () => {
  it.each(brevitasFiles)("%s", (file) => {
    const { cases } = JSON.parse(readFileSync(goldenPath("quantizers", file), "utf8")) as {
      cases: Record<string, BrevitasCase>;
    };
    const finite = Object.values(cases).filter(({ scale }) =>
      [scale].flat().every((value) => typeof value === "number" && value > 0),
    );
    expect(finite.length).toBeGreaterThan(0);
    for (const { shape, input, scale, scale_shape: scaleShape, bit_width: bits, signed, ...rest } of finite) {
      const options = {
        bits,
        signed,
        narrow: rest.narrow_range ?? false,
        scale: [scale].flat(),
        scaleShape: scaleShape ?? [],
      };
      const values = quantize(input, shape, options);
      expect(values.map((value) => value + 0)).toEqual(rest.output.map((value) => Math.fround(value) + 0));
    }
  });
});
