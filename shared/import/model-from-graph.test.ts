import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { format } from "prettier";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { computeCost } from "../cost/cost.js";
import * as dsl from "../dsl/index.js";
import type { Tensor } from "../dsl/index.js";
import { graphFromJson, type Graph } from "../graph/graph.js";
import { withShapes } from "../graph/prepare.js";
import { toQcdq } from "../onnx/qcdq/convert.js";
import { readOnnx } from "../onnx/read.js";
import { writeQonnx } from "../onnx/write.js";
import { draftGraph, type DraftGraph } from "../testing/draft-graph.js";
import { goldenPath, hasGolden } from "../testing/golden.js";
import { randomGraph } from "../testing/random-graph.js";
import { evaluateFiles } from "../testing/sandbox.js";
import { modelFromGraph } from "./model-from-graph.js";

/** The model file for a graph, run in the sandbox. */
async function imported(original: Graph, file = "net.onnx") {
  const { value, problems } = modelFromGraph(original, file);
  if (value === undefined) throw new Error(problems[0]?.message);
  const { definition, problems: failures } = await evaluateFiles({ "/net.model.ts": value.source });
  if (definition === undefined) throw new Error(`${failures[0]?.message ?? ""}\n${value.source}`);
  return { ...value, definition, built: graphFromJson(definition.graph) };
}

/** Dense totals in both flavours. */
function totals(graph: Graph) {
  const flavors = ["finn-base", "qonnx"] as const;
  return flavors.map((flavor) => computeCost(graph, { flavor, discountSparsity: false }).totals);
}

function written(graph: Graph): Graph {
  return readOnnx(writeQonnx(graph)).value!;
}

const source = (graph: Graph) => modelFromGraph(graph, "net.onnx").value?.source ?? "";

describe.skipIf(!hasGolden)("modelFromGraph on golden files (needs ../shared/golden)", () => {
  const files = hasGolden
    ? ["onnx", "onnx_edge"].flatMap((folder) =>
        readdirSync(goldenPath(folder))
          .filter((name) => name.endsWith(".onnx"))
          .map((name) => `${folder}/${name}`),
      )
    : [];
  const withStandIn = ["onnx_edge/matmul_dyn_dyn.onnx"];

  it.each(files)("costs the same as %s and is formatted", async (file) => {
    const graph = readOnnx(readFileSync(goldenPath(file))).value!;
    const { source: text, built, notExpressed, definition } = await imported(graph, file.split("/")[1]);
    expect(definition.problems).toEqual([]);
    expect(totals(built)).toEqual(totals(graph));
    expect(notExpressed.length > 0).toBe(withStandIn.includes(file));
    expect(await format(text, { parser: "typescript", printWidth: 120 })).toBe(text);
  });

  it("writes a helper for what repeats, and names by what the file calls its layers", () => {
    const text = source(readOnnx(readFileSync(goldenPath("onnx", "bacalhaunet_gold.onnx"))).value!);
    expect(text).toContain("function convNormReLU(");
    expect(text.match(/convNormReLU\(/g)).toHaveLength(11);
    expect(text).toContain('scope("conv.4.pw", () => convNormReLU(x, { outChannels: 48, kernelSize: 1 }))');
    expect(text).toContain('name: "fc"');
  });
});

/** A layer of a random model; what does not fit the tensor is left out. */
interface Step {
  readonly kind: keyof typeof layers;
  readonly a: number;
  readonly b: number;
  readonly flag: boolean;
  readonly bits: number;
}

const quantizer = ({ bits, flag, a }: Step, signed: boolean) => {
  const options = { ...(flag && { scale: 1 }), ...(a === 1 && { rounding: "floor" as const }), narrow: a === 2 };
  return signed ? dsl.int(bits, options) : dsl.uint(bits, { ...options, narrow: false });
};

const weights = (step: Step) => (step.b === 0 ? {} : { weightQuant: quantizer(step, true) });

const layers = {
  conv: (x: Tensor, step: Step) => {
    const groups = step.flag && step.a > 1 ? x.channels : 1;
    const shared = { ...weights(step), bias: step.b > 2, groups, padding: step.a > 2 ? ("same" as const) : step.a };
    if (x.rank === 3) {
      return dsl.quantConv1d(x, { ...shared, outChannels: 4, kernelSize: Math.min(1 + step.b, x.length), dilation: 1 });
    }
    const outChannels = 4 * (step.flag ? x.channels : 1);
    return x.rank === 4
      ? dsl.quantConv2d(x, { ...shared, outChannels, kernelSize: [1, Math.min(1 + step.b, x.width)] })
      : x;
  },
  strided: (x: Tensor, step: Step) =>
    x.rank === 3
      ? dsl.quantConv1d(x, {
          outChannels: 3,
          kernelSize: 1,
          stride: 2,
          ...weights(step),
          inputQuant: quantizer(step, true),
        })
      : x,
  transposed: (x: Tensor, step: Step) =>
    x.rank === 3
      ? dsl.quantConvTranspose1d(x, {
          outChannels: 2,
          kernelSize: 3,
          stride: 2,
          padding: 1,
          outputPadding: 1,
          ...weights(step),
        })
      : x,
  linear: (x: Tensor, step: Step) =>
    dsl.quantLinear(x, {
      ...{ outFeatures: 3 + step.a, ...weights(step), bias: step.flag },
      ...(step.a === 1 && { inputQuant: dsl.int(step.bits) }),
      ...(step.flag && step.b > 0 && { biasQuant: dsl.intBias() }),
      ...(step.a === 2 && { outputQuant: dsl.int(step.bits) }),
    }),
  norm: (x: Tensor) => (x.rank === 4 ? dsl.batchNorm2d(x, { eps: 1e-3 }) : dsl.batchNorm1d(x, { momentum: 0.2 })),
  relu: (x: Tensor, step: Step) => dsl.quantReLU(x, step.b === 0 ? {} : { actQuant: quantizer(step, false) }),
  sigmoid: (x: Tensor, step: Step) => dsl.quantSigmoid(x, step.flag ? { actQuant: dsl.uint(step.bits) } : {}),
  tanh: (x: Tensor, step: Step) => dsl.quantTanh(x, step.flag ? { actQuant: dsl.int(step.bits) } : {}),
  elu: (x: Tensor, step: Step) => (step.flag ? dsl.selu(x) : dsl.elu(x, { alpha: 0.3 + step.a })),
  clip: (x: Tensor, step: Step) =>
    dsl.quantHardTanh(x, { minVal: -1 - step.a, maxVal: 2, ...(step.flag && { actQuant: dsl.int(step.bits) }) }),
  quant: (x: Tensor, step: Step) =>
    dsl.quantIdentity(x, { actQuant: step.a === 3 ? dsl.int(8, { levels: "log" }) : quantizer(step, step.b > 1) }),
  channels: (x: Tensor, step: Step) =>
    dsl.quantIdentity(x, { actQuant: dsl.uint(step.bits, { granularity: "channel", zeroPoint: step.a }) }),
  max: (x: Tensor, step: Step) =>
    x.rank === 3 && x.length > 2
      ? dsl.maxPool1d(x, { kernelSize: 2, stride: 1 + step.a, padding: step.b % 2, ceilMode: step.flag })
      : x,
  mean: (x: Tensor, step: Step) =>
    x.rank === 3 && x.length > 2
      ? dsl.quantAvgPool1d(x, {
          kernelSize: 2,
          ...(step.flag && { actQuant: dsl.uint(step.bits) }),
          ...(step.a === 1 && { truncQuant: dsl.uint(4) }),
        })
      : x,
  global: (x: Tensor, step: Step) => (x.rank < 3 ? x : step.flag ? dsl.globalMaxPool(x) : dsl.globalAvgPool(x)),
  flatten: (x: Tensor) => dsl.flatten(x),
  reshape: (x: Tensor) => (x.rank === 2 ? dsl.reshape(x, [1, 1, -1]) : dsl.reshape(x, [x.shape[0] ?? 1, -1, 1])),
  transpose: (x: Tensor) => (x.rank === 3 ? dsl.transpose(x, [0, 2, 1]) : x),
  concat: (x: Tensor) => (x.channels < 20 ? dsl.concat([x, x]) : x),
  pad: (x: Tensor, step: Step) =>
    x.rank === 3 && x.length < 40 ? dsl.pad(x, { padding: [step.a, step.b], value: step.a }) : x,
  upsample: (x: Tensor, step: Step) =>
    x.rank > 2 && x.length < 20 ? dsl.upsample(x, { scaleFactor: 2, mode: step.flag ? "linear" : "nearest" }) : x,
  custom: (x: Tensor, step: Step) =>
    dsl.customOp(x, {
      name: "Shift",
      outputShape: x.shape,
      macs: step.a,
      weights: { elements: step.b, quant: dsl.int(3) },
    }),
  residual: (x: Tensor, step: Step) =>
    (step.flag ? dsl.add : dsl.mul)(dsl.relu(x), x, step.a === 1 ? { outputQuant: dsl.int(step.bits) } : {}),
};

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...(Object.keys(layers) as (keyof typeof layers)[]), "conv", "conv", "norm", "relu"),
  a: fc.nat(3),
  b: fc.nat(3),
  flag: fc.boolean(),
  bits: fc.integer({ min: 1, max: 9 }),
});

const randomModel = fc
  .record({
    shape: fc.constantFrom([1, 2, 16], [2, 3, 8], [1, 2, 1, 8], [1, 6]),
    steps: fc.array(step, { minLength: 1, maxLength: 10 }),
  })
  .map(({ shape, steps }) =>
    dsl.defineModel({
      name: "random",
      input: { shape },
      forward: (input) =>
        steps.reduce((x, one) => layers[one.kind](x, one), dsl.quantIdentity(input, { actQuant: dsl.int(8) })),
    }),
  );

describe("modelFromGraph", () => {
  it("gives any model file back from its ONNX file: same cost, same shapes, nothing left out", async () => {
    await fc.assert(
      fc.asyncProperty(randomModel, async (model) => {
        fc.pre(model.problems.length === 0);
        const graph = written(graphFromJson(model.graph));
        const { built, calls, notExpressed, definition, source: text } = await imported(graph);
        expect({ text, problems: definition.problems, notExpressed }).toEqual({ text, problems: [], notExpressed: [] });
        expect({ text, totals: totals(built) }).toEqual({ text, totals: totals(graph) });
        const shapes = calls.map(({ output }) => graph.tensors.get(output)?.shape);
        expect(built.layers.map(({ output }) => built.tensors.get(output)?.shape)).toEqual(shapes);
        expect(await format(text, { parser: "typescript", printWidth: 120 })).toBe(text);
      }),
      { numRuns: 60, seed: 4 },
    );
  }, 120_000);

  it("keeps the shapes of graphs that no model file has made, or says in a sentence why there is none", async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async (graph) => {
        const { value, problems } = modelFromGraph(graph, "net.onnx");
        if (value === undefined) {
          expect(problems[0]?.message).toMatch(/^[A-Z].*\.$/);
          return;
        }
        const { built, calls, definition } = await imported(graph);
        expect(definition.problems).toEqual([]);
        expect(built.layers).toHaveLength(calls.length);
        const last = built.tensors.get(built.outputs[0] ?? "");
        expect(last?.shape).toEqual(graph.tensors.get(graph.outputs[0] ?? "")?.shape);
      }),
      { numRuns: 50, seed: 5 },
    );
  }, 120_000);

  it("reads QCDQ as the quantisers that it stands for", () => {
    const draft = draftGraph();
    const x = draft.quant(draft.input("x", [1, 2, 8]), { bits: 8, scale: 0.5 });
    const weight = draft.quant(
      draft.constant(
        "w",
        [4, 2, 1],
        [1, 2, 3, 4, 5, 6, 7, 0].map((value) => value / 7),
      ),
      {
        ...{ bits: 4, narrow: true, scale: 1 / 7 },
      },
    );
    const graph = draft.build(draft.node("Conv", [x, weight], { kernel_shape: [1] }));
    const qcdq = readOnnx(writeQonnx(toQcdq(withShapes(graph)))).value!;
    expect(source(qcdq)).toContain("weightQuant: int(4)");
  });
});

/** One convolution whose names are these. */
function named(name: string, build?: (draft: DraftGraph, x: string) => string): Graph {
  const draft = draftGraph();
  const x = draft.input(`in${name}`, [1, 2, 8]);
  const conv = draft.node("Conv", [x, draft.constant(`${name}.weight`, [2, 2, 1])], { kernel_shape: [1] }, { name });
  const graph = draft.build(build ? build(draft, conv) : conv);
  // The reader takes shapes of operators that nobody knows from the file.
  const tensors = new Map(Array.from(graph.tensors, ([key, tensor]) => [key, { shape: [1, 2, 8], ...tensor }]));
  return { ...graph, tensors, name };
}

describe("modelFromGraph and hostile files", () => {
  const hostile = [
    ...[
      '"; process.exit(); "',
      "*/ throw 1; /*",
      "a\nb\r\u2028c",
      "C:\\net\\w",
      "${x}",
      "`",
      "class",
      "__proto__",
      "x",
      "scope",
    ],
    ...[
      "\u{1F600}",
      "\ud800",
      "",
      " ",
      "....",
      "constructor",
      "a".repeat(100_000),
      "\0",
      "</script>",
      "名前",
      "e\u0301",
    ],
  ];
  it.each(hostile)("takes the name %j for a name", async (name) => {
    const {
      source: text,
      definition,
      built,
    } = await imported(
      named(name, (draft, x) => draft.node("So*/ft\nmax", [x], {}, { name: `${name}2` })),
      name,
    );
    expect(definition.problems).toEqual([]);
    expect(built.layers).toHaveLength(2);
    expect(text.length).toBeLessThan(2000);
    const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
    expect(diagnostics).toEqual([]);
  });

  it.each([
    [
      "two inputs",
      () => {
        const draft = draftGraph();
        return draft.build(draft.node("Add", [draft.input("a", [1, 2]), draft.input("b", [1, 2])]));
      },
      /has 2 inputs \(a, b\)/,
    ],
    [
      "an input without a shape",
      () => {
        const graph = named("c");
        return {
          ...graph,
          tensors: new Map([...graph.tensors, ["inc", { name: "inc", elementType: "float32" }]]),
        };
      },
      /has no shape/,
    ],
    ["no nodes", () => draftGraph().build(), /no nodes/],
    [
      "an operator of unknown shape",
      () => {
        const draft = draftGraph();
        return draft.build(draft.node("Mystery*/", [draft.input("a", [1, 2])]));
      },
      /nothing can stand for it/,
    ],
  ] as const)("says in one sentence that %s makes no model file", (_, graph, sentence) => {
    const { value, problems } = modelFromGraph(graph(), "net.onnx");
    expect(value).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(sentence);
  });

  it("reads a chain of 100,000 nodes in linear time", () => {
    const draft = draftGraph();
    let x = draft.input("x", [1, 2, 8]);
    for (let at = 0; at < 100_000; at++) x = draft.node(at % 2 ? "Relu" : "Identity", [x]);
    const { value } = modelFromGraph(draft.build(x), "net.onnx");
    expect(value?.calls).toHaveLength(50_000);
  }, 30_000);
});
