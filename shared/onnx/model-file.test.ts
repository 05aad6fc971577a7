/** A model file and the ONNX written from it cost the same, to the last bit. */
import fc from "fast-check";
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import bacalhaunet from "../../examples/bacalhaunet/bacalhaunet.model.js";
import sixModulations from "../../examples/quick/six-modulations.model.js";
import keywordSpotter from "../../examples/tiny/keyword-spotting.model.js";
import vgg10 from "../../examples/vgg10/vgg10.model.js";
import * as dsl from "../dsl/index.js";
import { type Graph, graphFromJson } from "../graph/graph.js";
import { expectSameCost, read } from "./testing/reading.js";
import { writeQonnx } from "./write.js";

function graphOf(forward: (x: dsl.Tensor) => dsl.Tensor, shape: readonly number[] = [1, 4, 16]): Graph {
  return graphFromJson(dsl.defineModel({ name: "m", input: { shape }, forward }).graph);
}

describe("the ONNX of an example", () => {
  it.each([bacalhaunet, vgg10, keywordSpotter, sixModulations].map((model) => [model.name, model] as const))(
    "%s costs the same",
    (_, model) => {
      const graph = graphFromJson(model.graph);
      expectSameCost(read(writeQonnx(graph)), graph);
    },
  );
});

const quantizer: fc.Arbitrary<dsl.Quantizer | undefined> = fc.oneof(
  fc.constant(undefined),
  fc
    .record({
      bits: fc.integer({ min: 1, max: 12 }),
      signed: fc.boolean(),
      narrow: fc.boolean(),
      granularity: fc.constantFrom("tensor" as const, "channel" as const),
      rounding: fc.constantFrom("round" as const, "floor" as const, "ceil" as const, "roundToZero" as const),
      zeroPoint: fc.constantFrom(0, 0, 0, 1),
      fixed: fc.constantFrom({}, {}, { scale: 1 }, { scale: 0.3 }, { scaling: "const" as const }, { powerOfTwo: true }),
    })
    .map(({ bits, signed, narrow, fixed, ...rest }) => {
      // An unsigned narrow 1-bit quantiser has no integer but one: no file of its weights can be dense.
      const options = { ...rest, ...fixed, narrow: narrow && (signed || bits > 1) };
      return signed ? dsl.int(bits, options) : dsl.uint(bits, options);
    }),
  fc.constantFrom(dsl.binary(), dsl.ternary(), dsl.int(3, { levels: "log" })),
);

/** One layer, with the quantisers that it may have. */
type LayerMaker = (x: dsl.Tensor, weight?: dsl.Quantizer, activation?: dsl.Quantizer) => dsl.Tensor;

const layerMakers: Readonly<Record<string, LayerMaker>> = {
  conv: (x, weightQuant, outputQuant) =>
    dsl.quantConv1d(x, { outChannels: 4, kernelSize: 3, padding: 1, ...given({ weightQuant, outputQuant }) }),
  grouped: (x, weightQuant, inputQuant) =>
    dsl.quantConv1d(x, {
      outChannels: 8,
      kernelSize: 1,
      groups: 4,
      bias: false,
      ...given({ weightQuant, inputQuant }),
    }),
  convTranspose: (x, weightQuant) =>
    dsl.quantConvTranspose1d(x, { outChannels: 4, kernelSize: 2, ...given({ weightQuant }) }),
  norm: (x) => dsl.batchNorm1d(x),
  relu: (x, _, actQuant) => dsl.quantReLU(x, given({ actQuant })),
  hardTanh: (x, _, actQuant) => dsl.quantHardTanh(x, { minVal: -1, maxVal: 1, ...given({ actQuant }) }),
  sigmoid: (x, _, actQuant) => dsl.quantSigmoid(x, given({ actQuant })),
  tanh: (x, _, actQuant) => dsl.quantTanh(x, given({ actQuant })),
  identity: (x, _, actQuant) => dsl.quantIdentity(x, given({ actQuant })),
  elu: (x) => dsl.elu(dsl.selu(x), { alpha: 1 }),
  dropout: (x) => dsl.dropout(x),
  residual: (x) => dsl.add(x, x),
  gate: (x) => dsl.mul(x, dsl.sigmoid(x)),
  concat: (x) => dsl.concat([x, dsl.relu(x)]),
  pad: (x) => dsl.pad(x, { padding: 1, value: 1 }),
  pool: (x) => dsl.maxPool1d(x, { kernelSize: 2, stride: 1, padding: 1, ceilMode: true }),
  average: (x, _, actQuant) => dsl.quantAvgPool1d(x, { kernelSize: 3, stride: 1, padding: 1, ...given({ actQuant }) }),
  truncated: (x) =>
    dsl.quantAvgPool1d(dsl.quantIdentity(x, { actQuant: dsl.uint(4) }), {
      kernelSize: 2,
      stride: 1,
      truncQuant: dsl.uint(4),
    }),
  upsample: (x) => dsl.upsample(x, { scaleFactor: 2, mode: "linear" }),
  transpose: (x) => dsl.transpose(x, [0, 2, 1]),
  linear: (x, weightQuant) => dsl.quantLinear(x, { outFeatures: 4, ...given({ weightQuant }) }),
  custom: (x, quant) =>
    dsl.customOp(x, { name: "Shift", outputShape: x.shape, macs: 10, weights: { elements: 4, ...given({ quant }) } }),
};

/** The options that are there. */
function given<Options extends Readonly<Record<string, dsl.Quantizer | undefined>>>(
  options: Options,
): { [Name in keyof Options]?: dsl.Quantizer } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Options]?: dsl.Quantizer;
  };
}

const layer = fc.record({
  kind: fc.constantFrom(...Object.keys(layerMakers)),
  weight: quantizer,
  activation: quantizer,
});

describe("the ONNX of any model file", () => {
  it("costs what the model file costs", () => {
    fc.assert(
      fc.property(fc.array(layer, { minLength: 1, maxLength: 7 }), (layers) => {
        const graph = graphOf((x) => {
          for (const { kind, weight, activation } of layers) x = layerMakers[kind]?.(x, weight, activation) ?? x;
          return dsl.quantLinear(dsl.flatten(x), {
            outFeatures: 2,
            weightQuant: dsl.int(4),
            inputQuant: dsl.int(8),
            biasQuant: dsl.intBias(),
          });
        });
        expectSameCost(read(writeQonnx(graph)), graph);
      }),
      { numRuns: 300, seed: 30 },
    );
  });

  it.each(Object.entries(layerMakers))("%s: is a model that onnx-proto reads, with the same nodes", (_, make) => {
    const graph = graphOf((x) => make(x, dsl.int(4), dsl.uint(4)));
    const model = onnxProto.onnx.ModelProto.decode(writeQonnx(graph));
    expect(model.graph?.node?.map(({ opType }) => opType)).toEqual(graph.nodes.map(({ opType }) => opType));
    expect(read(writeQonnx(graph)).nodes.map(({ attributes }) => Object.keys(attributes))).toEqual(
      graph.nodes.map(({ attributes }) => Object.keys(attributes)),
    );
  });
});

describe("the operator set", () => {
  const opset = (graph: Graph): number | undefined => read(writeQonnx(graph)).opset;

  it("is Brevitas's 9, and 10 where a pool needs it", () => {
    expect(opset(graphOf((x) => dsl.relu(x)))).toBe(9);
    expect(opset(graphOf((x) => dsl.maxPool1d(x, { kernelSize: 2 })))).toBe(9);
    expect(opset(graphOf((x) => dsl.maxPool1d(x, { kernelSize: 2, ceilMode: true })))).toBe(10);
    expect(opset(graphOf((x) => dsl.maxPool1d(x, { kernelSize: 2, dilation: 2 })))).toBe(10);
    expect(
      opset(graphOf((x) => dsl.upsample(dsl.maxPool1d(x, { kernelSize: 2, ceilMode: true }), { scaleFactor: 2 }))),
    ).toBe(9);
  });

  it("lists the domains that the nodes use", () => {
    const graph = graphOf((x) =>
      dsl.customOp(dsl.quantIdentity(x, { actQuant: dsl.int(4) }), { name: "A", outputShape: [1], macs: 1 }),
    );
    const { opsetImport } = onnxProto.onnx.ModelProto.decode(writeQonnx(graph));
    expect(opsetImport.map(({ domain }) => domain)).toEqual(["", "qonnx.custom_op.general", "quantlens"]);
  });
});

describe("placeholder values", () => {
  const valueOf = (graph: Graph, name: string) => [...(read(writeQonnx(graph)).tensors.get(name)?.data ?? [])];
  const conv = (weightQuant: dsl.Quantizer) =>
    graphOf((x) =>
      dsl.batchNorm1d(
        dsl.quantConv1d(x, { name: "c", outChannels: 1, kernelSize: 2, weightQuant, biasQuant: dsl.int(8) }),
      ),
    );

  it("are the quantiser's integers but zero times 2^-bits for weights", () => {
    const step = 2 ** -3;
    expect(valueOf(conv(dsl.int(3)), "c.weight_quant.scale")).toEqual([step]);
    expect(valueOf(conv(dsl.int(3)), "c.weight")).toEqual(
      [1, -1, 2, -2, 3, -3, 1, -1].map((integer) => integer * step),
    );
    expect(valueOf(conv(dsl.uint(2)), "c.weight")).toEqual([1, 2, 3, 1, 2, 3, 1, 2].map((integer) => integer / 4));
  });

  it("are 0 for biases and what leaves a normalisation without effect", () => {
    expect(valueOf(conv(dsl.int(3)), "c.bias")).toEqual([0]);
    expect(
      ["weight", "bias", "running_mean", "running_var"].map((name) => valueOf(conv(dsl.int(3)), `norm.${name}`)),
    ).toEqual([[1], [0], [0], [1]]);
  });

  it("give way to values that are given, and the scale follows the weight", () => {
    const graph = conv(dsl.int(3));
    const values = new Map([["c.weight", Float32Array.of(6, 0, 0, 0, 0, 0, 0, -3)]]);
    const { tensors } = read(writeQonnx(graph, { values }));
    expect([...(tensors.get("c.weight")?.data ?? [])]).toEqual([6, 0, 0, 0, 0, 0, 0, -3]);
    expect([...(tensors.get("c.weight_quant.scale")?.data ?? [])]).toEqual([2]);
  });
});
