/** What is written for Brevitas, word by word and name by name: what holds without the original's files. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { baselines } from "../../../shared/cost/baselines.js";
import {
  add,
  batchNorm1d,
  flatten,
  int,
  intBias,
  maxPool1d,
  quantConv1d,
  quantHardTanh,
  quantLinear,
  quantReLU,
  scope,
  uint,
  type Tensor,
} from "../../../shared/dsl/index.js";
import { bacalhauNet } from "../../../shared/dsl/testing/bacalhaunet.js";
import { graphFromJson, type Graph } from "../../../shared/graph/graph.js";
import { pythonWith, runPython } from "../../../shared/testing/python.js";
import { readPth } from "../../../shared/weights/pth/read.js";
import { writePth } from "../../../shared/weights/pth/write.js";
import { makeFolder } from "../../testing/folder.js";
import { evaluatedNetwork } from "../../train/lower/program-weights.js";
import { graphOf } from "../../train/testing/program.js";
import { pruned, randomlyTrained } from "../testing/trained.js";
import { brevitasOf } from "./brevitas.js";
import { exported } from "./testing/exported.js";

const python = pythonWith("ast");
const torchPython = pythonWith("torch", "numpy");
const testing = path.join(import.meta.dirname, "testing");
const module = path.join(testing, "two_blocks.py");

/** Two residual blocks with a scale per channel, and a classifier with a quantised bias. */
function twoBlocks(x: Tensor): Tensor {
  x = quantHardTanh(x, { name: "input", minVal: -2, maxVal: 3, actQuant: int(8) });
  for (const block of [0, 1]) x = scope(`blocks.${block}`, () => residual(x));
  x = flatten(maxPool1d(x, { name: "pool", kernelSize: x.length }));
  return quantLinear(x, { name: "fc", outFeatures: 3, weightQuant: int(4), inputQuant: int(8), biasQuant: intBias() });
}

function residual(x: Tensor): Tensor {
  const weightQuant = int(4, { granularity: "channel" });
  const size = { outChannels: 2, kernelSize: 3, padding: 1 };
  const product = quantConv1d(x, { name: "conv", ...size, bias: false, weightQuant });
  return add(quantReLU(batchNorm1d(product, { name: "norm" }), { name: "relu", actQuant: uint(4) }), x);
}

const written = (graph: Graph, seed = 1) => exported(graph, randomlyTrained(graph, seed), "two_blocks");

const manifest = (entries: readonly { readonly name: string; readonly shape: readonly number[] }[]) =>
  entries.map(({ name, shape }) => `${name} ${shape.join("x")}`.trimEnd());

const threshold = "fused_activation_quant_proxy.tensor_quant.scaling_impl.value";

/** PyTorch's order: what a module registers itself, then its children; Brevitas registers a bias before the weight. */
const norm = (layer: string, channels: number) => [
  ...["weight", "bias", "running_mean", "running_var"].map((name) => `${layer}.${name} ${channels}`),
  `${layer}.num_batches_tracked`,
];

const graph = { ...graphOf([1, 2, 16], twoBlocks), name: "TwoBlocks" };

describe("the module of two blocks", () => {
  it("is written as it stands in testing/two_blocks.py", () => {
    expect(written(graph).source).toBe(readFileSync(module, "utf8"));
  });

  it("has the same text whatever the weights are", () => {
    const other = written(graph, 2);
    expect(other.source).toBe(written(graph).source);
    expect(other.state).not.toEqual(written(graph).state);
  });

  it.skipIf(python === undefined)("compiles, with its script (needs python3)", () => {
    const { source, script } = written(graph);
    const folder = makeFolder({ "two_blocks.py": source, "two_blocks_export.py": script });
    for (const file of ["two_blocks.py", "two_blocks_export.py"])
      runPython(python ?? "", ["-m", "py_compile", path.join(folder, file)]);
  });
});

describe("the state dictionary of two blocks", () => {
  const expected = [
    `input.act_quant.${threshold}`,
    ...[0, 1].flatMap((block) => [
      `blocks.${block}.conv.weight 2x2x3`,
      ...norm(`blocks.${block}.norm`, 2),
      `blocks.${block}.relu.act_quant.${threshold}`,
    ]),
    ...["fc.bias 3", "fc.weight 3x2", `fc.input_quant.${threshold}`],
  ];

  it("has PyTorch's and Brevitas's names, shapes and order", () => {
    expect(manifest(written(graph).state)).toEqual(expected);
  });

  it("is read back as it was written, to the last bit", () => {
    const { state } = written(graph);
    const { value, problems } = readPth(writePth(state));
    expect(problems).toEqual([]);
    expect(value?.entries.map(({ name, shape, data }) => ({ name, shape, data }))).toEqual(
      state.map(({ name, shape, data }) => ({ name, shape, data })),
    );
  });

  it("has the values of the network's parameters, pruned ones 0", () => {
    // The largest weight of each channel stays, so that Brevitas finds the scale.
    const trained = randomlyTrained(graph, 1);
    const weights = trained.parameters.get("fc.weight") ?? new Float32Array(0);
    weights.set([1, 0.5, -1, 0.25, 0.125, -0.5]);
    const mask = Uint8Array.of(1, 0, 1, 1, 0, 1);
    const network = evaluatedNetwork({ ...trained, masks: new Map([["fc.weight", mask]]) });
    const options = { moduleName: "two_blocks", origin: "a test", baseline: baselines.itu2021 };
    const state = brevitasOf(graph, network, options).value?.state ?? [];
    const valuesOf = (name: string) => state.find((entry) => entry.name === name)?.data;
    expect([...(valuesOf("fc.weight") ?? [])]).toEqual([1, 0, -1, 0.25, 0, -0.5]);
    expect(valuesOf("blocks.1.norm.running_var")).toEqual(trained.parameters.get("blocks.1.norm.running_var"));
    expect([...(valuesOf(`input.act_quant.${threshold}`) ?? [])]).toEqual([
      ...(trained.parameters.get("input.act_quant.threshold") ?? []),
    ]);
    expect(brevitasOf(graph, evaluatedNetwork(pruned(trained)), options).problems).not.toEqual([]);
  });

  it.skipIf(torchPython === undefined)("fits its module strictly in PyTorch (needs python3-torch)", () => {
    const { source, state } = written(graph);
    const folder = makeFolder({ "two_blocks.py": source, "two_blocks.pth": writePth(state) });
    const script = `import sys, torch
sys.path.insert(0, sys.argv[1])
from two_blocks import TwoBlocks
state = torch.load(sys.argv[1] + "/two_blocks.pth")
print(TwoBlocks().load_state_dict(state, strict=True))
kinds = lambda tensors: {name: (list(value.shape), value.dtype) for name, value in tensors.items()}
print(kinds(state) == kinds(TwoBlocks().state_dict()))`;
    const printed = runPython(torchPython ?? "", ["-c", script, folder], { PYTHONPATH: testing });
    expect(printed.trim().split("\n")).toEqual(["<All keys matched successfully>", "True"]);
  });
});

describe("the state dictionary of BacalhauNet with its authors' names", () => {
  it("has their manifest", () => {
    const { graph: json } = bacalhauNet({ input: 8, weight: 6, activation: 6, hasOwnNames: true });
    const layer = (name: string, shape: string, channels: number) => [
      `${name}.conv.weight ${shape}`,
      ...norm(`${name}.norm`, channels),
      `${name}.relu.act_quant.${threshold}`,
    ];
    const blocks = [
      { channels: 2, kernel: 27, out: 24 },
      { channels: 24, kernel: 21, out: 24 },
      { channels: 24, kernel: 15, out: 48 },
      { channels: 48, kernel: 9, out: 48 },
      { channels: 48, kernel: 9, out: 48 },
    ];
    expect(manifest(written(graphFromJson(json)).state)).toEqual([
      `hardtan.act_quant.${threshold}`,
      ...blocks.flatMap(({ channels, kernel, out }, index) => [
        ...layer(`conv.${index}.dw`, `${channels}x1x${kernel}`, channels),
        ...layer(`conv.${index}.pw`, `${out}x${channels}x1`, out),
      ]),
      ...["fc.bias 24", "fc.weight 24x48", `fc.input_quant.${threshold}`],
    ]);
  });
});
