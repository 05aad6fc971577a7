/**
 * Modules for Brevitas: names of the state dictionary, and the forward pass in PyTorch beside ours. Brevitas itself is not
 * here; a double of its layers (`testing/brevitas`), written after the quantisers' formulas, stands in for it.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import bacalhaunet from "../../../examples/bacalhaunet/bacalhaunet.model.js";
import vgg10 from "../../../examples/vgg10/vgg10.model.js";
import { baselines } from "../../../shared/cost/baselines.js";
import {
  dropout,
  flatten,
  int,
  intBias,
  quantConv1d,
  quantLinear,
  quantReLU,
  relu,
  transpose,
  uint,
  type Tensor,
} from "../../../shared/dsl/index.js";
import { bacalhauNet } from "../../../shared/dsl/testing/bacalhaunet.js";
import { elementCount, graphFromJson, type Graph } from "../../../shared/graph/graph.js";
import { goldenPath, hasGolden } from "../../../shared/testing/golden.js";
import { readPth } from "../../../shared/weights/pth/read.js";
import { writePth } from "../../../shared/weights/pth/write.js";
import { goldForward, goldInputs } from "../../evaluate/testing/gold.js";
import { makeFolder } from "../../testing/folder.js";
import { layerFamilies } from "../../train/testing/layer-cases.js";
import { graphOf } from "../../train/testing/program.js";
import { evaluatedNetwork, type TrainedParameters } from "../../train/lower/program-weights.js";
import { pythonWith, runPython } from "../../../shared/testing/python.js";
import { predict, pruned, published, randomlyTrained } from "../testing/trained.js";
import { brevitasOf } from "./brevitas.js";
import { exported } from "./testing/exported.js";

const python = pythonWith("ast");
const torchPython = pythonWith("torch", "numpy");
const testing = path.join(import.meta.dirname, "testing");

function refusals(forward: (x: Tensor) => Tensor, change = (trained: TrainedParameters) => trained): readonly string[] {
  const graph = graphOf([1, 4, 16], forward);
  const trained = change(randomlyTrained(graph, 1));
  return brevitasOf(graph, evaluatedNetwork(trained), {
    moduleName: "net",
    origin: "a test",
    baseline: baselines.itu2021,
  }).problems;
}

/** The challenge's winner with the names that its authors gave its layers. */
const named = bacalhauNet({ input: 8, weight: 6, activation: 6, hasOwnNames: true });

function sumOf(data: Iterable<number>): number {
  let sum = 0;
  for (const value of data) sum += value;
  return sum;
}

describe("the state dictionary", () => {
  it.skipIf(!hasGolden)("has the original's names, shapes and values, in its order (needs ../shared/golden)", () => {
    const graph = graphFromJson(named.graph);
    const { state } = exported(graph, published(graph));
    const original = readPth(readFileSync(goldenPath("bacalhaunet", "gold_weights.pth"))).value!;
    const ours = readPth(writePth(state)).value!;
    const manifest = ({ entries }: typeof ours) => entries.map(({ name, shape }) => `${name} ${shape.join("x")}`);
    expect(manifest(ours)).toEqual(manifest(original));
    const isCounter = (name: string) => name.endsWith("num_batches_tracked");
    ours.entries.forEach((entry, index) => {
      // How many batches a norm has seen is not kept by us, and nothing depends on it.
      if (!isCounter(entry.name)) expect(entry.data).toEqual(original.entries[index]?.data);
    });
    const counted = state.filter(({ name }) => isCounter(name));
    expect(counted.map(({ elementType }) => elementType)).toEqual(counted.map(() => "int64"));
  });

  it.skipIf(torchPython === undefined)("is what torch.load reads back (needs python3-torch)", () => {
    const graph = graphFromJson(vgg10.graph);
    const { state } = exported(graph, randomlyTrained(graph, 3));
    const folder = makeFolder({ "net.pth": writePth(state) });
    const script =
      "import json, sys, torch; print(json.dumps([[k, list(v.shape), v.flatten().double().sum().item()] for k, v in torch.load(sys.argv[1]).items()]))";
    const read = JSON.parse(runPython(torchPython ?? "", ["-c", script, path.join(folder, "net.pth")])) as unknown[];
    expect(read).toHaveLength(state.length);
    read.forEach((entry, index) => {
      const { name, shape, data } = state[index]!;
      expect(entry).toEqual([name, shape, expect.closeTo(sumOf(data), 3)]);
    });
  });
});

describe("the module", () => {
  it.skipIf(python === undefined)("compiles, whatever layers are called (needs python3)", () => {
    const forward = (x: Tensor) => {
      const names = [
        "class",
        "type",
        "a b.ü",
        "_x",
        "conv",
        "conv.norm",
        'q"\n',
        "1",
        "self",
        "forward",
        "a.3.b",
        "a.10.b",
      ];
      for (const name of names) x = relu(x, { name });
      return quantLinear(flatten(x, { name: "__init__" }), { outFeatures: 3, name: "x.y" });
    };
    const graph = { ...graphOf([1, 4, 16], forward), name: 'my "net"\n' };
    const { source, script, state } = exported(graph, randomlyTrained(graph, 1));
    const folder = makeFolder({ "net.py": source, "net_export.py": script });
    for (const file of ["net.py", "net_export.py"])
      runPython(python ?? "", ["-m", "py_compile", path.join(folder, file)]);
    expect(state.map(({ name }) => name)).toEqual(["x.y.bias", "x.y.weight"]);
    expect(source).toContain("class my__net__(nn.Module):");
  });

  it("says what each quantiser is once and keeps a residual's branch", () => {
    const graph = graphFromJson(named.graph);
    const { source } = exported(graph, randomlyTrained(graph, 1));
    expect(source.match(/^class \w+/gm)).toEqual([
      "class Int6Weight",
      "class Int8Act",
      "class Uint6Act",
      "class Scope",
      "class BacalhauNet",
    ]);
    expect(source).toContain("        x = y + x\n");
    expect(source).toContain(
      "qnn.QuantConv1d(2, 2, 27, stride=2, padding=13, groups=2, bias=False, weight_quant=Int6Weight)",
    );
  });

  it.each<readonly [string, (x: Tensor) => Tensor, RegExp]>([
    [
      "a zero point",
      (x) => flatten(quantReLU(x, { name: "act", actQuant: uint(4, { zeroPoint: 3, scale: 1 }) })),
      /"act" cannot be written for Brevitas: it has the zero point 3/,
    ],
    [
      "uneven padding",
      (x) => flatten(quantConv1d(x, { name: "c", outChannels: 2, kernelSize: 4, padding: "same" })),
      /more zeros at its end/,
    ],
    [
      "a bias whose input's scale is lost",
      (x) =>
        quantLinear(flatten(transpose(quantReLU(x, { actQuant: uint(4) }), [0, 2, 1], { name: "turned" })), {
          outFeatures: 2,
          weightQuant: int(4),
          biasQuant: intBias(),
        }),
      /"turned" cannot be written.*loses the scale/,
    ],
  ])("refuses %s in one sentence", (_, forward, sentence) => {
    const problems = refusals(forward);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(sentence);
  });

  it("refuses weights whose scale Brevitas would not find again", () => {
    const forward = (x: Tensor) =>
      quantLinear(flatten(x), { name: "fc", outFeatures: 2, weightQuant: int(4), bias: false });
    const fill = (value: (index: number) => number) => (trained: TrainedParameters) => ({
      ...trained,
      parameters: new Map([["fc.weight", Float32Array.from({ length: 128 }, (_, index) => value(index))]]),
    });
    expect(
      refusals(
        forward,
        fill(() => 0),
      ),
    ).toEqual([expect.stringMatching(/All values of "fc.weight" are 0/)]);
    const largestPruned = (trained: TrainedParameters) => pruned(fill((index) => (index === 3 ? 1 : 0.5))(trained));
    expect(refusals(forward, largestPruned)).toEqual([expect.stringMatching(/Pruning took the largest value/)]);
  });
});

interface ModuleCase {
  readonly graph: Graph;
  readonly trained: TrainedParameters;
  readonly x: Float32Array;
  readonly size: number;
}

/** What PyTorch makes of the modules, in one process. */
function runModules(cases: ReadonlyMap<string, ModuleCase>): ReadonlyMap<string, readonly number[]> {
  const files: Record<string, string | Uint8Array> = {};
  const list = [...cases].map(([module, { graph, trained, x, size }]) => {
    const { source, state } = exported(graph, trained, module);
    files[`${module}.py`] = source;
    files[`${module}.pth`] = writePth(state);
    files[`${module}.bin`] = new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
    const [, ...shape] = graph.tensors.get("input")?.shape ?? [];
    return { module, network: /^class (\w+)\(nn\.Module\):\n {4}"""Input/m.exec(source)?.[1], shape: [size, ...shape] };
  });
  const folder = makeFolder({ ...files, "cases.json": JSON.stringify(list) });
  const printed = runPython(torchPython ?? "", [path.join(testing, "run_modules.py"), folder], { PYTHONPATH: testing });
  return new Map(Object.entries(JSON.parse(printed) as Record<string, readonly number[]>));
}

const samples = 2;

function moduleCase(graph: Graph, trained: TrainedParameters): ModuleCase {
  const count = samples * elementCount(graph.tensors.get("input")?.shape ?? []);
  // Numbers without a pattern that are no multiples of any scale, so that no value lies between two integers.
  const x = Float32Array.from({ length: count }, (_, index) => 1.7 * Math.sin(index * index * 0.37 + index + 0.1));
  return { graph, trained, x, size: samples };
}

describe.skipIf(torchPython === undefined)("the module in PyTorch (needs python3-torch)", () => {
  it.skipIf(!hasGolden)("gives the published logits with the published weights (needs ../shared/golden)", () => {
    const cases = new Map(
      [bacalhaunet, named].map((model, index) => {
        const graph = graphFromJson(model.graph);
        return [`net${index}`, { graph, trained: published(graph), x: goldInputs(), size: 8 }] as const;
      }),
    );
    const expected = goldForward().logits.flat();
    for (const logits of runModules(cases).values()) {
      expect(logits).toHaveLength(expected.length);
      logits.forEach((logit, place) => {
        expect(Math.abs(logit - (expected[place] ?? NaN))).toBeLessThan(1e-5);
      });
    }
  });

  it("computes what our forward pass computes, for every layer that can be written", async () => {
    const cases = new Map<string, ModuleCase>();
    const refused = new Map<string, string>();
    layerFamilies.forEach(([family, { cases: arbitrary }], number) => {
      fc.sample(arbitrary, { numRuns: 5, seed: 7 }).forEach(({ shape, forward }, index) => {
        const graph = graphOf(shape, (x) => quantLinear(flatten(dropout(forward(x))), { outFeatures: 3 }));
        const trained = randomlyTrained(graph, 10 * number + index);
        const options = { moduleName: "net", origin: "a test", baseline: baselines.itu2021 };
        const { problems } = brevitasOf(graph, evaluatedNetwork(trained), options);
        if (problems.length > 0) refused.set(`${family} ${index}`, problems.join("\n"));
        else cases.set(`case${number}_${index}`, moduleCase(graph, trained));
      });
    });
    cases.set("vgg10", moduleCase(graphFromJson(vgg10.graph), randomlyTrained(graphFromJson(vgg10.graph), 5)));
    const reasons =
      /zero point|levels|truncQuant|power of two|running statistics|list of fixed scales|magnitude per channel/;
    for (const reason of refused.values()) expect(reason).toMatch(reasons);
    expect(cases.size).toBeGreaterThan(90);
    const outputs = runModules(cases);
    for (const [name, { trained, x, size }] of cases) {
      const ours = await predict(trained, x, size);
      const theirs = outputs.get(name) ?? [];
      const largest = Math.max(...ours.map(Math.abs), 1);
      const worst = Math.max(...theirs.map((value, place) => Math.abs(value - (ours[place] ?? NaN))));
      expect({
        name,
        worst: worst / largest < 1e-5 ? 0 : worst,
        source: worst / largest < 1e-5 ? "" : exported(cases.get(name)!.graph, trained).source,
      }).toEqual({ name, worst: 0, source: "" });
    }
  }, 60_000);
});
