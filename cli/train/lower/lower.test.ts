import { describe, expect, it } from "vitest";
import {
  add,
  batchNorm1d,
  binary,
  concat,
  customOp,
  dropout,
  elu,
  flatten,
  globalAvgPool,
  globalMaxPool,
  int,
  intBias,
  maxPool1d,
  maxPool2d,
  mul,
  pad,
  quantAvgPool1d,
  quantConv1d,
  quantConv2d,
  quantConvTranspose1d,
  quantHardTanh,
  quantIdentity,
  quantLinear,
  quantReLU,
  quantSigmoid,
  quantTanh,
  relu,
  reshape,
  scope,
  selu,
  ternary,
  transpose,
  uint,
  upsample,
  type Tensor,
} from "../../../shared/dsl/index.js";
import { graphFromJson } from "../../../shared/graph/graph.js";
import { bacalhauNet } from "../../../shared/dsl/testing/bacalhaunet.js";
import { graphOf, programOf } from "../testing/program.js";
import type { QuantizerSpec, TrainOp, TrainProgram } from "../program.js";
import { lowerProgram } from "./lower.js";

const map1d = [1, 6, 16];
const map2d = [1, 6, 8, 4];

/** The only operator of a kind. */
function only<Kind extends TrainOp["kind"]>(program: TrainProgram, kind: Kind): TrainOp & { readonly kind: Kind } {
  const [op, ...others] = program.ops.filter((each) => each.kind === kind);
  if (!op || others.length > 0) throw new Error(`${others.length + Number(op !== undefined)} operators ${kind}`);
  return op as TrainOp & { readonly kind: Kind };
}

function kinds({ ops }: TrainProgram): readonly string[] {
  return ops.map(({ kind }) => kind);
}

describe("BacalhauNet", () => {
  const { value: program, problems } = lowerProgram(
    graphFromJson(bacalhauNet({ input: 8, weight: 6, activation: 6 }).graph),
  );

  it("lowers without problems, with all its parameters", () => {
    expect(problems).toEqual([]);
    const numbers: Record<string, number> = {};
    for (const { kind } of program?.parameters ?? []) numbers[kind] = (numbers[kind] ?? 0) + 1;
    expect(numbers).toEqual({
      weight: 11,
      bias: 1,
      gamma: 10,
      beta: 10,
      runningMean: 10,
      runningVar: 10,
      threshold: 12,
    });
  });

  it("has Brevitas's quantisers", () => {
    const last = program?.quantizers.at(-1);
    expect(last).toMatchObject({ role: "bias", bits: 20, kind: "int", scale: { kind: "product" } });
    const activations = program?.quantizers.filter(({ role }) => role === "activation") ?? [];
    const steps = activations.map(({ scale }) => (scale.kind === "learned" ? scale.collectSteps : undefined));
    expect(steps).toEqual([0, ...Array.from({ length: 11 }, () => 30)]);
    const hardTanh = program?.parameters.find(({ name }) => name === "hardtanh.act_quant.threshold");
    expect(hardTanh).toMatchObject({ shape: [], init: { kind: "constant", value: 3 }, trainable: true });
  });

  it("reads logits of one number per class", () => {
    expect(program?.values[program.output]?.shape).toEqual([24]);
    expect(program?.values[program.input]?.shape).toEqual([2, 1024]);
  });
});

describe("layers", () => {
  const cases: readonly (readonly [string, readonly number[], (x: Tensor) => Tensor, readonly string[]])[] = [
    ["convolution", map1d, (x) => quantConv1d(x, { outChannels: 4, kernelSize: 3 }), ["conv"]],
    ["transposed", map1d, (x) => quantConvTranspose1d(x, { outChannels: 4, kernelSize: 3 }), ["conv"]],
    [
      "2-D",
      map2d,
      (x) => quantConv2d(x, { outChannels: 4, kernelSize: [3, 2], outputQuant: uint(4) }),
      ["conv", "quantize"],
    ],
    ["linear", [1, 10], (x) => quantLinear(x, { outFeatures: 4 }), ["linear"]],
    ["linear over rows", [1, 3, 10], (x) => quantLinear(x, { outFeatures: 4 }), ["linear"]],
    ["linear without bias", [1, 10], (x) => quantLinear(x, { outFeatures: 4, bias: false }), ["linear"]],
    ["norm", map1d, (x) => batchNorm1d(x), ["batchNorm"]],
    ["relu", map1d, (x) => quantReLU(x, { actQuant: uint(4) }), ["relu", "quantize"]],
    ["sigmoid", map1d, (x) => quantSigmoid(x), ["sigmoid"]],
    ["tanh", map1d, (x) => quantTanh(x), ["tanh"]],
    ["elu", map1d, (x) => elu(x, { alpha: 0.5 }), ["elu"]],
    ["selu", map1d, (x) => selu(x), ["selu"]],
    ["identity", map1d, (x) => quantIdentity(x), ["identity"]],
    ["hard tanh", map1d, (x) => quantHardTanh(x), ["clip"]],
    ["max pool", map2d, (x) => maxPool2d(x, { kernelSize: 2 }), ["maxPool"]],
    ["average pool", map1d, (x) => quantAvgPool1d(x, { kernelSize: 2, actQuant: uint(3) }), ["avgPool", "quantize"]],
    ["global pools", map2d, (x) => add(globalMaxPool(x), globalAvgPool(x)), ["maxPool", "avgPool", "add"]],
    ["concat", map1d, (x) => concat([x, relu(x)]), ["relu", "concat"]],
    ["pad", map1d, (x) => pad(x, { padding: [1, 2], mode: "reflect" }), ["pad"]],
    ["upsample", map1d, (x) => upsample(x, { scaleFactor: 2, mode: "linear" }), ["upsample"]],
    ["transpose", map1d, (x) => transpose(x, [0, 2, 1]), ["transpose"]],
    ["reshape", map1d, (x) => reshape(x, [1, 3, 32]), ["reshape"]],
    ["gate", map1d, (x) => mul(x, quantSigmoid(x)), ["sigmoid", "mul"]],
    ["dropout", map1d, (x) => dropout(x), ["dropout"]],
  ];

  it.each(cases)("%s", (_, shape, forward, expected) => {
    const program = programOf(shape, (x) => flatten(forward(x)));
    const own = kinds(program).filter((kind) => kind !== "reshape");
    expect(own).toEqual(expected.filter((kind) => kind !== "reshape"));
  });

  it("keep what leads to the output only", () => {
    const program = programOf([1, 4], (x) => {
      quantLinear(x, { outFeatures: 100 });
      return quantLinear(x, { outFeatures: 2 });
    });
    expect(kinds(program)).toEqual(["linear"]);
    expect(program.parameters.map(({ name }) => name)).toEqual(["linear_1.weight", "linear_1.bias"]);
  });

  it("have weights and biases as PyTorch stores them", () => {
    const program = programOf([1, 10], (x) =>
      scope("head", () => quantLinear(quantLinear(x, { outFeatures: 5, bias: false }), { outFeatures: 3, name: "fc" })),
    );
    const [first, second] = program.ops;
    expect(first).toMatchObject({ weight: { parameter: "head.linear.weight" }, weightTransposed: false });
    expect(second).toMatchObject({
      weight: { parameter: "head.fc.weight" },
      bias: { parameter: "head.fc.bias" },
      weightTransposed: false,
    });
    expect(program.parameters.map(({ shape }) => shape)).toEqual([[5, 10], [3, 5], [3]]);
    expect(program.parameters.map(({ init }) => init)).toEqual([
      { kind: "uniform", bound: 1 / Math.sqrt(10) },
      { kind: "uniform", bound: 1 / Math.sqrt(5) },
      { kind: "uniform", bound: 1 / Math.sqrt(5) },
    ]);
  });

  it("have PyTorch's momentum exactly", () => {
    expect(
      only(
        programOf([1, 4], (x) => batchNorm1d(x)),
        "batchNorm",
      ),
    ).toMatchObject({ momentum: 0.1, eps: 1e-5 });
  });

  it("pad without the batch", () => {
    expect(
      only(
        programOf(map1d, (x) => flatten(pad(x, { padding: [1, 2], value: 3 }))),
        "pad",
      ),
    ).toMatchObject({
      padding: [
        [0, 0],
        [1, 2],
      ],
      mode: "constant",
      value: 3,
    });
  });

  it("turn a truncated average into a sum and its high bits", () => {
    const program = programOf(map1d, (x) =>
      flatten(quantAvgPool1d(quantReLU(x, { actQuant: uint(4) }), { kernelSize: 3, truncQuant: uint(4) })),
    );
    expect(only(program, "avgPool").multiplier).toBe(3);
    expect(program.quantizers[1]).toMatchObject({
      kind: "trunc",
      truncatedBits: 2,
      scale: { kind: "shared", quantizer: 0 },
    });
  });
});

describe("dropout", () => {
  it("is seen by the layers that read its result and by no others", () => {
    const program = programOf([1, 4], (x) => add(dropout(x, { p: 0.25 }), x));
    const [drop, sum] = program.ops;
    expect(drop).toMatchObject({ kind: "dropout", p: 0.25, inputs: [0] });
    expect(sum).toMatchObject({ kind: "add", inputs: [drop?.output, 0] });
  });

  it("can be the last layer", () => {
    const program = programOf([1, 4], (x) => dropout(quantLinear(x, { outFeatures: 2 })));
    expect(program.ops.at(-1)).toMatchObject({ kind: "dropout", output: program.output });
  });

  it("keeps the scale that a bias needs", () => {
    const program = programOf([1, 4], (x) =>
      quantLinear(dropout(quantReLU(x, { actQuant: uint(4) })), {
        outFeatures: 2,
        weightQuant: int(4),
        biasQuant: intBias(),
      }),
    );
    expect(program.quantizers[2]?.scale).toEqual({ kind: "product", input: 0, weight: 1 });
  });
});

describe("quantisers", () => {
  const weight = (quantizer: ReturnType<typeof int>): QuantizerSpec | undefined =>
    programOf(map1d, (x) => flatten(quantConv1d(x, { outChannels: 4, kernelSize: 3, weightQuant: quantizer })))
      .quantizers[0];
  const activation = (quantizer: ReturnType<typeof int>): QuantizerSpec | undefined =>
    programOf(map1d, (x) => flatten(quantIdentity(x, { actQuant: quantizer }))).quantizers[0];

  it("of weights follow the weights, narrow when signed", () => {
    expect(weight(int(6))).toMatchObject({ role: "weight", narrow: true, kind: "int", scale: { kind: "stats" } });
    expect(weight(int(6, { granularity: "channel" }))).toMatchObject({ channelAxis: 0 });
    expect(weight(int(6, { scale: 0.5 }))).toMatchObject({ scale: { kind: "const", values: [0.5] } });
  });

  it("of 1 bit and 3 levels are their own kinds", () => {
    expect(weight(int(1))).toMatchObject({ kind: "binary", scale: { kind: "stats" } });
    expect(weight(binary())).toMatchObject({ kind: "binary", scale: { kind: "const" } });
    expect(weight(ternary())).toMatchObject({ kind: "int", bits: 2, narrow: true });
    expect(weight(ternary({ threshold: 0.7 }))).toMatchObject({ kind: "ternary", ternaryThreshold: 0.7 });
  });

  it("with levels have them in order", () => {
    expect(weight(int(3, { levels: [2, -1, 0] }))).toMatchObject({ kind: "levels", levels: [-1, 0, 2] });
    expect(weight(int(3, { levels: "log" }))?.levels).toEqual([-1, -0.5, -0.25, 0, 0.25, 0.5, 1]);
    expect(activation(uint(2, { levels: "log" }))?.levels).toEqual([0, 0.25, 0.5, 1]);
    expect(weight(int(16, { levels: "log" }))?.levels).toHaveLength(2 * 127 + 1);
  });

  it("that learn a weight's threshold start at its largest magnitude", () => {
    const program = programOf([1, 4], (x) =>
      quantLinear(x, { outFeatures: 2, weightQuant: int(4, { scaling: "parameter", granularity: "channel" }) }),
    );
    expect(program.quantizers[0]).toMatchObject({ channelAxis: 0, scale: { kind: "learned", collectSteps: 0 } });
    expect(program.parameters[1]).toMatchObject({
      name: "linear.weight_quant.threshold",
      shape: [2, 1],
      kind: "threshold",
      init: { kind: "maxAbs", parameter: "linear.weight", channelAxis: 0 },
    });
  });

  it("of activations learn after collecting, keep running statistics, or are fixed", () => {
    expect(activation(int(4, { collectSteps: 5, percentile: 99 }))?.scale).toMatchObject({
      kind: "learned",
      collectSteps: 5,
      percentile: 99,
    });
    expect(activation(int(4, { scaling: "stats" }))?.scale).toMatchObject({ collectSteps: Number.MAX_SAFE_INTEGER });
    expect(activation(int(4, { scale: [1, 2, 3, 4, 5, 6], granularity: "channel" }))).toMatchObject({
      channelAxis: 0,
      scale: { kind: "const", values: [1, 2, 3, 4, 5, 6] },
    });
  });

  it("of a constant hard tanh have its limits' scale", () => {
    const program = programOf([1, 4], (x) =>
      quantHardTanh(x, { minVal: -2, maxVal: 2, actQuant: int(8, { scaling: "const" }) }),
    );
    expect(program.quantizers[0]?.scale).toEqual({ kind: "const", values: [2 / 128] });
    expect(program.parameters).toEqual([]);
  });

  it("of a sum's operands are one", () => {
    const program = programOf([1, 4], (x) => add(x, relu(x), { inputQuant: int(4) }));
    expect(program.quantizers).toHaveLength(1);
    expect(program.quantizers[0]).toMatchObject({ name: "add.input_quant", twins: ["add.input_quant_1"] });
    expect(kinds(program)).toEqual(["relu", "quantize", "quantize", "add"]);
    expect(program.parameters).toHaveLength(1);
  });

  it("of biases multiply the scales in front of the layer", () => {
    const program = programOf(map1d, (x) => {
      const features = flatten(maxPool1d(quantReLU(x, { actQuant: uint(4) }), { kernelSize: 2 }));
      return quantLinear(features, { outFeatures: 3, weightQuant: int(4), biasQuant: intBias() });
    });
    expect(program.quantizers[2]).toMatchObject({ role: "bias", scale: { kind: "product", input: 0, weight: 1 } });
  });
});

describe("what cannot be trained", () => {
  const problemsOf = (shape: readonly number[], forward: (x: Tensor) => Tensor) =>
    lowerProgram(graphOf(shape, forward));

  const cases: readonly (readonly [string, readonly number[], (x: Tensor) => Tensor, RegExp])[] = [
    [
      "a custom operator",
      [1, 4],
      (x) => customOp(x, { name: "Shift", outputShape: x.shape }),
      /customOp "Shift" has no gradient/,
    ],
    ["several numbers per class", map1d, (x) => relu(x), /6×16 per sample.*flatten/],
    ["a mixed batch", [1, 2, 3], (x) => transpose(x, [1, 0, 2]), /batch/],
    ["joined samples", [1, 4], (x) => flatten(concat([x, x], { dim: 0 })), /batch/],
    [
      "a bias without an input scale",
      [1, 4],
      (x) => quantLinear(x, { outFeatures: 2, weightQuant: int(4), biasQuant: intBias() }),
      /quantLinear "linear" has biasQuant.*inputQuant/,
    ],
    [
      "a bias without a weight scale",
      [1, 4],
      (x) => quantLinear(x, { outFeatures: 2, inputQuant: int(4), biasQuant: intBias() }),
      /weightQuant: int\(8\)/,
    ],
    ["a constant without value", [1, 4], (x) => quantReLU(x, { actQuant: uint(4, { scaling: "const" }) }), /add scale/],
    ["a truncated float", map1d, (x) => flatten(quantAvgPool1d(x, { kernelSize: 2, truncQuant: uint(4) })), /actQuant/],
    [
      "stretched ranks",
      map1d,
      (x) => flatten(add(x, quantLinear(flatten(x), { outFeatures: 16 }))),
      /number of dimensions/,
    ],
  ];

  it.each(cases)("%s", (_, shape, forward, message) => {
    const { value, problems } = problemsOf(shape, forward);
    expect(value).toBeUndefined();
    expect(problems.map((problem) => problem.message).join("\n")).toMatch(message);
    expect(problems.every(({ message: text }) => /^[^\n]*\.$/.test(text))).toBe(true);
  });
});
