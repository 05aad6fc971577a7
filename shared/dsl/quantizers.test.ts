import { describe, expect, it } from "vitest";
import {
  binary,
  int,
  intBias,
  quantConv1d,
  quantIdentity,
  quantLinear,
  ternary,
  uint,
  type Quantizer,
} from "./index.js";
import { build } from "./testing/build.js";

function activation(actQuant: () => Quantizer) {
  return build([1, 4, 16], (x) => quantIdentity(x, { actQuant: actQuant() }));
}

function weight(weightQuant: () => Quantizer) {
  return build([1, 4, 16], (x) =>
    quantConv1d(x, { outChannels: 3, kernelSize: 1, bias: false, weightQuant: weightQuant() }),
  );
}

function scaleOf({ model, node }: ReturnType<typeof build>) {
  const [, scale] = node("Quant").inputs;
  return model.graph.tensors.find(({ name }) => name === scale);
}

describe("data types", () => {
  it.each([
    ["int(6)", () => int(6), "SCALEDINT6"],
    ["uint(4)", () => uint(4), "SCALEDUINT4"],
    ["int(8) of scale 1", () => int(8, { scale: 1 }), "INT8"],
    ["uint(1) of scale 1", () => uint(1, { scale: 1 }), "BINARY"],
    ["int(8) with a zero point", () => int(8, { zeroPoint: 3 }), "FLOAT32"],
    ["binary()", () => binary(), "SCALEDINT1"],
    ["binary() of scale 1", () => binary({ scale: 1 }), "BIPOLAR"],
    ["ternary()", () => ternary(), "SCALEDINT2"],
    ["levels of powers of two", () => int(4, { levels: "log" }), "FLOAT32"],
  ] as const)("%s is %s", (_, quantizer, dataType) => {
    expect(activation(quantizer)).toMatchObject({ dataType, codes: [] });
  });
});

describe("Brevitas's defaults", () => {
  it("weights are narrow when signed, activations are not", () => {
    expect(weight(() => int(6)).node("Quant").attributes).toMatchObject({
      signed: 1,
      narrow: 1,
      rounding_mode: "ROUND",
    });
    expect(activation(() => int(6)).node("Quant").attributes).toMatchObject({ signed: 1, narrow: 0 });
    expect(activation(() => uint(6)).node("Quant").attributes).toMatchObject({ signed: 0, narrow: 0 });
  });

  it("one bit is not narrow: no level would be left", () => {
    expect(weight(() => int(1)).node("Quant").attributes).toMatchObject({ signed: 1, narrow: 0 });
    expect(weight(() => binary()).node("Quant").attributes).toMatchObject({ signed: 1, narrow: 0 });
  });

  it("ternary is narrow with 2 bits, and its magnitude 0.1", () => {
    const built = weight(() => ternary());
    expect(built.node("Quant").attributes).toMatchObject({ signed: 1, narrow: 1 });
    expect(scaleOf(built)?.data).toEqual([Math.fround(0.1)]);
    expect(scaleOf(weight(() => binary({ scaling: "stats" })))?.data).toBeUndefined();
  });

  it("scales have no values before training", () => {
    expect(scaleOf(weight(() => int(6)))).toMatchObject({ constant: true, shape: [] });
    expect(scaleOf(weight(() => int(6)))).not.toHaveProperty("data");
  });

  it("keeps what training needs in the layer's options", () => {
    const { model } = activation(() => uint(5, { percentile: 99, collectSteps: 10, rounding: "floor" }));
    expect(model.graph.layers[0]?.options).toMatchObject({
      actQuant: { kind: "uint", bits: 5, percentile: 99, collectSteps: 10, rounding: "floor" },
    });
  });
});

describe("scales", () => {
  it("has one scale per output channel of a weight, and per channel of an activation", () => {
    expect(scaleOf(weight(() => int(4, { granularity: "channel" })))?.shape).toEqual([3, 1, 1]);
    expect(scaleOf(activation(() => int(4, { granularity: "channel" })))?.shape).toEqual([1, 4, 1]);
  });

  it("takes a list of one per channel", () => {
    const built = weight(() => int(4, { granularity: "channel", scale: [0.5, 1, 2] }));
    expect(scaleOf(built)).toMatchObject({ shape: [3, 1, 1], data: [0.5, 1, 2] });
    expect(built.codes).toEqual([]);
  });

  it.each([
    ["scale-granularity", () => int(4, { scale: [0.5, 1, 2] })],
    ["scale-granularity", () => int(4, { granularity: "channel", scale: [0.5, 1] })],
    ["scale-not-positive-static", () => int(4, { scale: 0 })],
    ["scale-not-positive-static", () => int(4, { scale: -1 })],
    ["scale-not-positive-static", () => int(4, { scale: Number.NaN })],
    ["scale-not-positive-static", () => int(4, { scale: Number.POSITIVE_INFINITY })],
    ["scale-not-power-of-two", () => int(4, { scale: 0.3, powerOfTwo: true })],
    ["option-without-effect", () => int(4, { scale: 0.5, scaling: "stats" })],
  ] as const)("reports %s", (code, quantizer) => {
    expect(weight(quantizer).codes).toEqual([code]);
  });

  it("rounds a fixed power-of-two scale up, as Brevitas does", () => {
    expect(scaleOf(weight(() => int(4, { scale: 0.3, powerOfTwo: true })))?.data).toEqual([0.5]);
    const exact = weight(() => int(4, { scale: 0.25, powerOfTwo: true }));
    expect(exact.codes).toEqual([]);
    expect(scaleOf(exact)?.data).toEqual([0.25]);
  });
});

describe("bit widths", () => {
  it.each([
    [6.4, 6, "bit-width-not-integer"],
    [0, 1, "bit-width-not-integer"],
    [-3, 1, "bit-width-not-integer"],
    [33, 32, "bit-width-range"],
    [1e9, 32, "bit-width-range"],
    [Number.NaN, 8, "bit-width-not-integer"],
    [Number.POSITIVE_INFINITY, 8, "bit-width-not-integer"],
    ["6" as never, 8, "bit-width-not-integer"],
    [undefined as never, 8, "bit-width-not-integer"],
  ])("%s is reported and taken as %i", (bits, used, code) => {
    const { dataType, model } = activation(() => int(bits));
    expect(dataType).toBe(`SCALEDINT${used}`);
    expect(model.problems).toMatchObject([{ code, path: [0] }]);
  });

  it("says what was found, what is expected and what is used", () => {
    expect(activation(() => uint(6.4)).model.problems[0]?.message).toBe(
      "uint expects bits to be a whole number from 1 to 32, but found 6.4; 6 is used instead.",
    );
  });

  it("leaves to the rules what can be written down: 1 bit, narrow unsigned, a zero point", () => {
    expect(activation(() => uint(4, { narrow: true, zeroPoint: 2 })).codes).toEqual([]);
    expect(activation(() => uint(4, { narrow: true })).node("Quant").attributes).toMatchObject({
      signed: 0,
      narrow: 1,
    });
  });
});

describe("intBias", () => {
  it("has the accumulator's bits: 20 for BacalhauNet's classifier, 23 for VGG10's", () => {
    const classifier = (features: number, inputQuant: Quantizer, weightQuant: Quantizer) =>
      build([1, features], (x) => quantLinear(x, { outFeatures: 24, inputQuant, weightQuant, biasQuant: intBias() }));
    const widths = ({ model }: ReturnType<typeof build>) => model.graph.tensors.map(({ name }) => name);
    expect(widths(classifier(48, int(8), int(6)))).toContain("bit_width.20");
    expect(widths(classifier(128, uint(8), int(8)))).toContain("bit_width.23");
  });

  it("has 32 bits where the input is float, and those it is given", () => {
    const bias = (biasQuant: Quantizer) =>
      build([1, 4], (x) => quantLinear(x, { outFeatures: 2, biasQuant })).node("Quant").inputs[3];
    expect(bias(intBias())).toBe("bit_width.32");
    expect(bias(intBias({ bits: 16 }))).toBe("bit_width.16");
  });

  it("is for biases only", () => {
    const { model, ops } = weight(() => intBias());
    expect(model.problems).toMatchObject([{ code: "quantizer-misplaced", path: ["weightQuant"] }]);
    expect(ops).toEqual(["Conv"]);
  });
});

it("non-uniform levels become a node that no cost tool prices", () => {
  const { node } = activation(() => int(4, { levels: [-1, 0, 0.5, 1] }));
  expect(node("CodebookQuant")).toMatchObject({ domain: "quantlens", attributes: { levels: [-1, 0, 0.5, 1] } });
});

it("refuses what is no quantiser", () => {
  const { model, ops } = activation(() => 6 as never);
  expect(model.problems).toMatchObject([{ code: "invalid-option", path: ["actQuant"] }]);
  expect(ops).toEqual(["Identity"]);
});
