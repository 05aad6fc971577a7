import { describe, expect, it } from "vitest";
import { computeCost } from "../cost/cost.js";
import { graphFromJson } from "../graph/graph.js";
import { customOp, int, quantIdentity, uint, type CustomOpOptions, type Tensor } from "./index.js";
import { build } from "./testing/build.js";

function built(options: CustomOpOptions) {
  return build([1, 4, 16], (x) => customOp(quantIdentity(x, { actQuant: int(8) }), options));
}

function cost({ model }: ReturnType<typeof build>) {
  return computeCost(graphFromJson(model.graph), { flavor: "finn-base", discountSparsity: false }).totals;
}

describe("customOp", () => {
  it("costs what its author states", () => {
    const weights = { elements: 100, quant: int(4) };
    const { bops, memWBits } = cost(built({ name: "Spline", outputShape: [1, 8, 16], macs: 1000, weights }));
    expect([bops, memWBits]).toEqual([1000 * 8 * 4, 100 * 4]);
  });

  it("charges float weights 32 bits, and without weights the input's bits twice", () => {
    expect(cost(built({ name: "Spline", outputShape: [1], macs: 10, weights: { elements: 1 } })).bops).toBe(
      10 * 8 * 32,
    );
    expect(cost(built({ name: "Energy", outputShape: [1], macs: 10 })).bops).toBe(10 * 8 * 8);
  });

  it("takes formulas of the shapes", () => {
    const { shape, node } = built({
      name: "Energy",
      outputShape: ([batch = 1, channels = 1]) => [batch, channels],
      macs: (output, input) => input.reduce((product, size) => product * size, 1) + output.length,
    });
    expect(shape).toEqual([1, 4]);
    expect(node("CustomOp").attributes).toMatchObject({ name: "Energy", outputShape: [1, 4], macs: 66 });
  });

  it("reads several tensors, among the options or before them", () => {
    const both = (x: Tensor) => ({ inputs: [x, x], name: "Correlate", outputShape: [1, 1] });
    expect(build([1, 4], (x) => customOp(both(x))).node("CustomOp").inputs).toEqual(["input", "input"]);
    expect(build([1, 4], (x) => customOp([x, x], { name: "Correlate", outputShape: [1, 1] })).codes).toEqual([]);
  });

  it("quantises inputs and output", () => {
    const { ops, dataType } = built({ name: "Shift", outputShape: [1], inputQuant: int(4), outputQuant: uint(3) });
    expect(ops).toEqual(["Quant", "Quant", "CustomOp", "Quant"]);
    expect(dataType).toBe("SCALEDUINT3");
  });

  it.each<[CustomOpOptions, readonly string[]]>([
    [{ name: "", outputShape: [1] }, ["name"]],
    [{ name: "x", outputShape: [1, 0] }, ["outputShape"]],
    [{ name: "x", outputShape: () => [1, Number.NaN] }, ["outputShape"]],
    [{ name: "x", outputShape: [1], macs: -1 }, ["macs"]],
    [{ name: "x", outputShape: [1], macs: () => Number.NaN }, ["macs"]],
    [{ name: "x", outputShape: [1], weights: 5 as never }, ["weights"]],
    [{ name: "x", outputShape: [1], weights: { elements: 1.5 } }, ["weights", "elements"]],
  ])("reports %o", (options, path) => {
    expect(built(options).model.problems).toMatchObject([{ code: "invalid-option", path }]);
  });

  it("reports what is no tensor", () => {
    expect(build([1, 4], () => customOp(undefined as never)).codes).toEqual(["missing-option", "not-a-tensor"]);
    expect(build([1, 4], () => customOp([], { name: "x", outputShape: [1] })).codes).toEqual(["not-a-tensor"]);
  });

  it("passes on what a formula throws", () => {
    const failing = (): number => {
      throw new Error("in the formula");
    };
    expect(() => built({ name: "x", outputShape: [1], macs: failing })).toThrow("in the formula");
  });
});
