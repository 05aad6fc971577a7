import { describe, expect, it } from "vitest";
import {
  add,
  batchNorm1d,
  batchNorm2d,
  concat,
  customOp,
  dropout,
  elu,
  flatten,
  globalAvgPool,
  globalMaxPool,
  int,
  maxPool1d,
  maxPool2d,
  mul,
  pad,
  quantAvgPool1d,
  quantAvgPool2d,
  quantConv1d,
  quantConvTranspose1d,
  quantConvTranspose2d,
  quantHardTanh,
  quantIdentity,
  quantLinear,
  quantReLU,
  quantSigmoid,
  quantTanh,
  relu,
  reshape,
  selu,
  sigmoid,
  transpose,
  uint,
  upsample,
  type Tensor,
} from "./index.js";
import { build } from "./testing/build.js";

type Case = readonly [
  name: string,
  input: readonly number[],
  forward: (x: Tensor) => Tensor,
  ops: readonly string[],
  output: readonly number[],
];

const map1d = [1, 6, 16];
const map2d = [1, 6, 8, 4];

const cases: readonly Case[] = [
  ["linear with bias", [1, 10], (x) => quantLinear(x, { outFeatures: 4 }), ["Gemm"], [1, 4]],
  [
    "linear without bias",
    [1, 10],
    (x) => quantLinear(x, { outFeatures: 4, bias: false }),
    ["Transpose", "MatMul"],
    [1, 4],
  ],
  [
    "linear over positions",
    map1d,
    (x) => quantLinear(x, { outFeatures: 4 }),
    ["Transpose", "MatMul", "Add"],
    [1, 6, 4],
  ],
  ["quantReLU", map1d, (x) => quantReLU(x, { actQuant: uint(4) }), ["Relu", "Quant"], map1d],
  ["quantReLU in float", map1d, (x) => quantReLU(x), ["Relu"], map1d],
  ["quantSigmoid", map1d, (x) => quantSigmoid(x, { actQuant: uint(4) }), ["Sigmoid", "Quant"], map1d],
  ["quantTanh", map1d, (x) => quantTanh(x, { actQuant: int(4) }), ["Tanh", "Quant"], map1d],
  ["quantIdentity", map1d, (x) => quantIdentity(x, { actQuant: int(4) }), ["Quant"], map1d],
  ["quantIdentity in float", map1d, (x) => quantIdentity(x), ["Identity"], map1d],
  ["quantHardTanh", map1d, (x) => quantHardTanh(x, { actQuant: int(8) }), ["Quant"], map1d],
  ["quantHardTanh in float", map1d, (x) => quantHardTanh(x, { minVal: -2, maxVal: 3 }), ["Clip"], map1d],
  ["relu", map1d, (x) => relu(x), ["Relu"], map1d],
  ["sigmoid", map1d, (x) => sigmoid(x), ["Sigmoid"], map1d],
  ["elu", map1d, (x) => elu(x, { alpha: 0.5 }), ["Elu"], map1d],
  ["selu", map1d, (x) => selu(x), ["Selu"], map1d],
  ["maxPool1d", map1d, (x) => maxPool1d(x, { kernelSize: 2 }), ["MaxPool"], [1, 6, 8]],
  [
    "maxPool1d, overlapping",
    map1d,
    (x) => maxPool1d(x, { kernelSize: 3, stride: 2, padding: 1 }),
    ["MaxPool"],
    [1, 6, 8],
  ],
  [
    "maxPool1d, dilated",
    map1d,
    (x) => maxPool1d(x, { kernelSize: 3, stride: 1, dilation: 2 }),
    ["MaxPool"],
    [1, 6, 12],
  ],
  ["maxPool1d, ceiling", map1d, (x) => maxPool1d(x, { kernelSize: 3, ceilMode: true }), ["MaxPool"], [1, 6, 6]],
  ["maxPool2d", map2d, (x) => maxPool2d(x, { kernelSize: [2, 4] }), ["MaxPool"], [1, 6, 4, 1]],
  [
    "quantAvgPool1d",
    map1d,
    (x) => quantAvgPool1d(x, { kernelSize: 4, actQuant: uint(4) }),
    ["AveragePool", "Quant"],
    [1, 6, 4],
  ],
  ["quantAvgPool2d", map2d, (x) => quantAvgPool2d(x, { kernelSize: 4 }), ["AveragePool"], [1, 6, 2, 1]],
  [
    "truncating pool",
    map2d,
    (x) => quantAvgPool2d(x, { kernelSize: 2, truncQuant: uint(4) }),
    ["AveragePool", "Mul", "Trunc"],
    [1, 6, 4, 2],
  ],
  ["globalMaxPool", map2d, (x) => globalMaxPool(x), ["MaxPool"], [1, 6, 1, 1]],
  ["globalAvgPool", map1d, (x) => globalAvgPool(x, { actQuant: uint(4) }), ["AveragePool", "Quant"], [1, 6, 1]],
  ["batchNorm1d", map1d, (x) => batchNorm1d(x), ["BatchNormalization"], map1d],
  ["batchNorm1d of features", [1, 10], (x) => batchNorm1d(x), ["BatchNormalization"], [1, 10]],
  ["batchNorm2d", map2d, (x) => batchNorm2d(x), ["BatchNormalization"], map2d],
  ["dropout", map1d, (x) => dropout(x), [], map1d],
  ["flatten", map2d, (x) => flatten(x), ["Flatten"], [1, 192]],
  ["flatten from the third dimension", map2d, (x) => flatten(x, { startDim: 2 }), ["Reshape"], [1, 6, 32]],
  ["flatten of the middle", map2d, (x) => flatten(x, { startDim: 1, endDim: -2 }), ["Reshape"], [1, 48, 4]],
  ["reshape", map1d, (x) => reshape(x, [1, 3, -1]), ["Reshape"], [1, 3, 32]],
  ["transpose", map1d, (x) => transpose(x, [0, 2, 1]), ["Transpose"], [1, 16, 6]],
  ["transpose counting from the end", map1d, (x) => transpose(x, [0, -1, -2]), ["Transpose"], [1, 16, 6]],
  ["concat", map1d, (x) => concat([x, x, x]), ["Concat"], [1, 18, 16]],
  ["concat of positions", map1d, (x) => concat([x, x], { dim: -1 }), ["Concat"], [1, 6, 32]],
  ["pad", map1d, (x) => pad(x, { padding: 2 }), ["Pad"], [1, 6, 20]],
  ["pad in PyTorch's order", map2d, (x) => pad(x, { padding: [1, 2, 3, 4] }), ["Pad"], [1, 6, 15, 7]],
  ["upsample", map1d, (x) => upsample(x, { scaleFactor: 2 }), ["Upsample"], [1, 6, 32]],
  [
    "upsample per dimension",
    map2d,
    (x) => upsample(x, { scaleFactor: [2, 3], mode: "linear" }),
    ["Upsample"],
    [1, 6, 16, 12],
  ],
  ["add", map1d, (x) => add(x, x), ["Add"], map1d],
  [
    "add with quantisers",
    map1d,
    (x) => add(x, relu(x), { inputQuant: int(4), outputQuant: int(4) }),
    ["Relu", "Quant", "Quant", "Add", "Quant"],
    map1d,
  ],
  ["mul, one size stretched", map1d, (x) => mul(x, globalAvgPool(x)), ["AveragePool", "Mul"], map1d],
  [
    "transposed convolution",
    map1d,
    (x) => quantConvTranspose1d(x, { outChannels: 4, kernelSize: 4, stride: 2, padding: 1 }),
    ["ConvTranspose"],
    [1, 4, 32],
  ],
  [
    "transposed convolution with output padding",
    map2d,
    (x) => quantConvTranspose2d(x, { outChannels: 4, kernelSize: 3, stride: 2, padding: 1, outputPadding: 1 }),
    ["ConvTranspose"],
    [1, 4, 16, 8],
  ],
  ["customOp", map1d, (x) => customOp(x, { name: "Shift", outputShape: x.shape }), ["CustomOp"], map1d],
];

it.each(cases)("%s", (_, input, forward, ops, output) => {
  expect(build(input, forward)).toMatchObject({ codes: [], ops, shape: output });
});

describe("attributes", () => {
  it("batch norm has ONNX's momentum, which weighs the old value", () => {
    const { node, inputShape } = build(map1d, (x) => batchNorm1d(x));
    expect(node("BatchNormalization").attributes).toEqual({ epsilon: 1e-5, momentum: 0.9 });
    expect(inputShape("BatchNormalization", 4)).toEqual([6]);
  });

  it("global pools have a fixed kernel", () => {
    expect(build(map2d, (x) => globalMaxPool(x)).node("MaxPool").attributes).toMatchObject({
      kernel_shape: [8, 4],
      pads: [0, 0, 0, 0],
    });
  });

  it("a pool's windows do not overlap unless told to", () => {
    expect(build(map1d, (x) => maxPool1d(x, { kernelSize: 4 })).node("MaxPool").attributes).toMatchObject({
      strides: [4],
    });
  });

  it("pads count begins before ends, and the last dimension first in PyTorch", () => {
    const { attributes } = build(map2d, (x) => pad(x, { padding: [1, 2, 3, 4], mode: "replicate" })).node("Pad");
    expect(attributes).toMatchObject({ pads: [0, 0, 3, 1, 0, 0, 4, 2], mode: "edge" });
  });

  it("a hard tanh's constant scale covers the larger limit", () => {
    const scale = (actQuant: ReturnType<typeof int>) => {
      const { model, node } = build(map1d, (x) => quantHardTanh(x, { minVal: -2, maxVal: 1, actQuant }));
      return model.graph.tensors.find(({ name }) => name === node("Quant").inputs[1])?.data;
    };
    expect(scale(int(8, { scaling: "const" }))).toEqual([2 / 128]);
    expect(scale(uint(2, { scaling: "const" }))).toEqual([Math.fround(2 / 3)]);
    expect(scale(int(8))).toBeUndefined();
  });

  it("a truncating pool keeps the high bits of an exact sum, with the scale of its summands", () => {
    const { node, model } = build([1, 1, 4, 4], (x) =>
      quantAvgPool2d(quantReLU(x, { actQuant: uint(4), name: "act" }), { kernelSize: 4, truncQuant: uint(4) }),
    );
    // 16 values of at most 15 sum up to 240, which needs 8 bits.
    expect(node("Trunc").inputs.slice(1)).toEqual(["act.act_quant.scale", "zero_point", "bit_width.8", "bit_width.4"]);
    expect(model.graph.tensors.find(({ name }) => name === node("Mul").inputs[1])?.data).toEqual([16]);
  });
});

describe("data types as finn-base sees them", () => {
  const quantised = (x: Tensor) => quantReLU(x, { actQuant: uint(4) });
  it.each<[string, (x: Tensor) => Tensor, string]>([
    ["maxPool1d keeps it", (x) => maxPool1d(quantised(x), { kernelSize: 2 }), "SCALEDUINT4"],
    ["flatten keeps it", (x) => flatten(quantised(x)), "SCALEDUINT4"],
    ["dropout keeps it", (x) => dropout(quantised(x)), "SCALEDUINT4"],
    ["add loses it", (x) => add(quantised(x), quantised(x)), "FLOAT32"],
    ["batchNorm1d loses it", (x) => batchNorm1d(quantised(x)), "FLOAT32"],
    ["a mean loses it", (x) => globalAvgPool(quantised(x)), "FLOAT32"],
    ["a quantised mean has its own", (x) => globalAvgPool(quantised(x), { actQuant: uint(3) }), "SCALEDUINT3"],
  ])("%s", (_, forward, dataType) => {
    expect(build(map1d, forward).dataType).toBe(dataType);
  });

  it("is known while the model is built, before and after later layers", () => {
    build(map1d, (x) => {
      const y = quantised(x);
      const z = add(y, y);
      expect([y.dataType, z.dataType, x.dataType]).toEqual(["SCALEDUINT4", "FLOAT32", "FLOAT32"]);
      return z;
    });
  });
});

describe("tensors", () => {
  it("know their sizes", () => {
    build([1, 6, 16], (x) => {
      expect(x).toMatchObject({ shape: [1, 6, 16], rank: 3, channels: 6, length: 16, height: 1, width: 16 });
      return x;
    });
    build([1, 6, 8, 4], (x) => {
      expect(x).toMatchObject({ channels: 6, height: 8, width: 4 });
      return x;
    });
  });
});

describe("problems", () => {
  it.each<[string, string, readonly number[], (x: Tensor) => Tensor]>([
    ["channel-mismatch", "add", map1d, (x) => add(x, quantConv1d(x, { outChannels: 4, kernelSize: 1 }))],
    ["shape-mismatch", "add", map1d, (x) => add(x, maxPool1d(x, { kernelSize: 2 }))],
    ["not-a-tensor", "add", map1d, (x) => add(x, undefined as never)],
    ["shape-mismatch", "concat", map1d, (x) => concat([x, maxPool1d(x, { kernelSize: 2 })])],
    ["not-a-tensor", "concat", map1d, () => concat(undefined as never)],
    ["invalid-option", "concat", map1d, (x) => concat([x, x], { dim: 3 })],
    ["shape-mismatch", "reshape", map1d, (x) => reshape(x, [1, 5, -1])],
    ["invalid-option", "reshape", map1d, (x) => reshape(x, undefined as never)],
    ["shape-mismatch", "transpose", map1d, (x) => transpose(x, [0, 1])],
    ["invalid-option", "transpose", map1d, (x) => transpose(x, [0, Number.NaN, 1])],
    ["invalid-option", "flatten", map2d, (x) => flatten(x, { startDim: 3, endDim: 1 })],
    ["shape-mismatch", "maxPool1d", map1d, (x) => maxPool1d(x, { kernelSize: 17 })],
    ["invalid-option", "maxPool1d", map1d, (x) => maxPool1d(x, { kernelSize: 2, padding: 2 })],
    ["missing-option", "maxPool1d", map1d, (x) => maxPool1d(x, undefined as never)],
    ["shape-mismatch", "maxPool2d", map1d, (x) => maxPool2d(x, { kernelSize: 1 })],
    ["shape-mismatch", "batchNorm1d", map2d, (x) => batchNorm1d(x)],
    ["channel-mismatch", "batchNorm1d", map1d, (x) => batchNorm1d(x, { numFeatures: 5 })],
    ["invalid-option", "batchNorm1d", map1d, (x) => batchNorm1d(x, { eps: 0 })],
    ["channel-mismatch", "quantLinear", [1, 10], (x) => quantLinear(x, { outFeatures: 4, inFeatures: 9 })],
    ["invalid-option", "dropout", map1d, (x) => dropout(x, { p: 1 })],
    ["invalid-option", "quantHardTanh", map1d, (x) => quantHardTanh(x, { minVal: 2, maxVal: 1 })],
    ["shape-mismatch", "globalMaxPool", [1, 10], (x) => globalMaxPool(x)],
    [
      "option-without-effect",
      "quantAvgPool1d",
      map1d,
      (x) => quantAvgPool1d(x, { kernelSize: 2, actQuant: uint(4), truncQuant: uint(4) }),
    ],
    ["shape-mismatch", "pad", map1d, (x) => pad(x, { padding: [1, 2, 3, 4] })],
    ["shape-mismatch", "upsample", map1d, (x) => upsample(x, { scaleFactor: [2, 2] })],
    ["invalid-option", "upsample", map1d, (x) => upsample(x, { scaleFactor: 0.5 })],
    [
      "invalid-option",
      "quantConvTranspose1d",
      map1d,
      (x) => quantConvTranspose1d(x, { outChannels: 2, kernelSize: 3, outputPadding: 1 }),
    ],
    [
      "shape-mismatch",
      "quantConvTranspose1d",
      map1d,
      (x) => quantConvTranspose1d(x, { outChannels: 2, kernelSize: 3, padding: 20 }),
    ],
    [
      "shape-mismatch",
      "upsample",
      map1d,
      (x) => {
        for (let i = 0; i < 10; i++) x = upsample(x, { scaleFactor: 1024 });
        return x;
      },
    ],
    ["unknown-option", "relu", map1d, (x) => relu(x, { actQuant: uint(4) } as never)],
  ])("%s: %s", (code, callee, input, forward) => {
    const { model, codes } = build(input, forward);
    expect(codes).toContain(code);
    expect(
      model.problems.filter((problem) => problem.code === code).every(({ message }) => message.startsWith(callee)),
    ).toBe(true);
    expect(model.graph.layers.some(({ kind }) => kind === callee)).toBe(true);
  });

  it("goes on with what fits", () => {
    expect(build(map1d, (x) => concat([x, maxPool1d(x, { kernelSize: 2 })])).shape).toEqual(map1d);
    expect(build(map1d, (x) => add(x, maxPool1d(x, { kernelSize: 2 }))).shape).toEqual(map1d);
    expect(build(map1d, (x) => reshape(x, [1, 5, -1])).shape).toEqual([1, 96]);
  });
});

describe("dropout", () => {
  it("tells which reader of a tensor sees it dropped", () => {
    const { model } = build(map1d, (x) => add(dropout(relu(x)), relu(dropout(dropout(x)))));
    const dropouts = model.graph.layers.map((layer) => [layer.kind, layer.dropouts]);
    expect(dropouts).toEqual([
      ["relu", undefined],
      ["dropout", undefined],
      ["dropout", undefined],
      ["dropout", [2]],
      ["relu", [3]],
      ["add", [1, -1]],
    ]);
  });
});
