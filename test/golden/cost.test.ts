/** Every case of the golden data: the official tools' own dictionaries for the same ONNX files. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CostFlavor } from "../../shared/graph/datatype.js";
import type { Graph } from "../../shared/graph/graph.js";
import { readOnnx } from "../../shared/onnx/read.js";
import { goldenPath, hasGolden } from "../../shared/testing/golden.js";
import { baselines } from "../../shared/cost/baselines.js";
import { computeCost } from "../../shared/cost/cost.js";
import { officialDictionary } from "../../shared/cost/official.js";
import { score } from "../../shared/cost/score.js";
import type { CostChange } from "../../shared/cost/types.js";

type Dictionary = Record<string, unknown>;

const flavors = { finn: "finn-base", qonnx: "qonnx" } as const satisfies Record<string, CostFlavor>;

function read(...parts: string[]): Graph {
  const { value, problems } = readOnnx(readFileSync(goldenPath(...parts)));
  if (!value) throw new Error(problems.map(({ message }) => message).join("\n"));
  return value;
}

function json(...parts: string[]): Dictionary {
  return JSON.parse(readFileSync(goldenPath(...parts), "utf8")) as Dictionary;
}

function cost(graph: Graph, tool: keyof typeof flavors, discountSparsity: boolean, breakdown = true): Dictionary {
  return officialDictionary(computeCost(graph, { flavor: flavors[tool], discountSparsity }), breakdown);
}

/** Same keys everywhere; numbers within a relative 1e-12 (qonnx prints 103.99999999999999 for 104). */
function expectSame(actual: unknown, expected: unknown, at: string): void {
  if (typeof expected === "number") {
    expect(Math.abs(Number(actual) - expected), at).toBeLessThanOrEqual(1e-12 * Math.abs(expected));
  } else if (typeof expected === "object" && expected !== null) {
    expect(Object.keys(actual ?? {}).sort(), at).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(expected)) {
      expectSame((actual as Dictionary)[key], value, `${at}.${key}`);
    }
  } else {
    expect(actual, at).toEqual(expected);
  }
}

const edgeCases = hasGolden ? readdirSync(goldenPath("onnx_edge")).filter((name) => name.endsWith(".onnx")) : [];
const realFiles = hasGolden ? readdirSync(goldenPath("onnx")).filter((name) => name.includes(".cost.")) : [];

/** The file that a dictionary of `cost/` was made from. The freshly initialised BacalhauNet is not among the files. */
const sources: Record<string, string> = { vgg10: "vgg10_w8a8.onnx" };
const perNode = hasGolden ? readdirSync(goldenPath("cost")) : [];

/**
 * The fresh network has the gold model's architecture and other zeros. Their numbers are in qonnx's per-node
 * dictionary, so the totals of both tools must follow from what-ifs on the gold model.
 */
function freshDensities(gold: Graph): readonly CostChange[] {
  const { node_cost: nodes } = json("cost", "fresh_seed0_qonnx_sparse.json") as {
    node_cost: Record<string, Record<string, number>>;
  };
  const dense = computeCost(gold, { flavor: "qonnx", discountSparsity: false });
  return dense.nodes.map(({ node, officialName, weightElements }) => {
    const nonZero = Math.round(nodes[officialName]?.total_mem_w_elems ?? 0);
    return { kind: "density", node, density: nonZero / weightElements };
  });
}

describe.skipIf(!hasGolden)("the official tools' dictionaries", () => {
  it.each(edgeCases)("onnx_edge/%s", (file) => {
    const graph = read("onnx_edge", file);
    const expected = json("onnx_edge", file.replace(".onnx", ".json"));
    expect(Object.keys(expected).sort()).toEqual(["finn_dense", "finn_sparse", "qonnx_dense", "qonnx_sparse"]);
    for (const [key, dictionary] of Object.entries(expected)) {
      const [tool, density] = key.split("_") as [keyof typeof flavors, string];
      const actual = cost(graph, tool, density === "sparse");
      if ("error" in (dictionary as Dictionary)) expectLikeQonnx(actual, expected[`qonnx_${density}`]);
      else expectSame(actual, dictionary, `${file} ${key}`);
    }
  });

  it.each(realFiles)("onnx/%s", (file) => {
    const [name = "", , tool] = file.split(".");
    const graph = read("onnx", `${name}.onnx`);
    expectSame(cost(graph, tool as keyof typeof flavors, true, false), json("onnx", file), file);
  });

  it.each(perNode)("cost/%s", (file) => {
    const [, model = "", tool, density] = /^(\w+)_(finn|qonnx)_(\w+)\.json$/.exec(file) ?? [];
    const expected = json("cost", file);
    const graph = read("onnx", sources[model] ?? "bacalhaunet_gold.onnx");
    const changes = model === "fresh_seed0" ? freshDensities(graph) : [];
    const options = { flavor: flavors[tool as keyof typeof flavors], discountSparsity: density === "sparse", changes };
    expectSame(officialDictionary(computeCost(graph, options), true), expected, file);
  });
});

/** Where finn-base failed, its dictionary must have qonnx's amounts, types aside. */
function expectLikeQonnx(actual: Dictionary, expected: unknown): void {
  const { total_cost: total } = expected as { total_cost: Record<string, number> };
  expect(actual.total_mem_w_bits).toBe(total.total_mem_w_bits);
  expect(actual.total_bops).toBe(total.total_bops);
}

describe.skipIf(!hasGolden)("published scores", () => {
  it("is 0.016211 for the gold model, and 0.011675 with both residual sums requantised to 6 bits", () => {
    const graph = read("onnx", "bacalhaunet_gold.onnx");
    const options = { flavor: "finn-base", discountSparsity: true } as const;
    const { totals } = computeCost(graph, options);
    expect(totals).toMatchObject({ bops: 19_242_864, memWBits: 10_704 });
    expect(score(totals, baselines.itu2021)).toBeCloseTo(0.016211, 6);
    const sums = graph.nodes.filter(({ opType }) => opType === "Add").flatMap(({ outputs }) => outputs);
    const changes = sums.map((tensor) => ({ kind: "dataType", tensor, dataType: "SCALEDUINT6" }) as const);
    const better = computeCost(graph, { ...options, changes });
    expect(better.totals).toMatchObject({ bops: 11_914_608, memWBits: 10_704 });
    expect(score(better.totals, baselines.itu2021)).toBeCloseTo(0.011675, 6);
  });

  it("is 1 for the VGG10 baseline", () => {
    const { totals } = computeCost(read("onnx", "vgg10_w8a8.onnx"), { flavor: "finn-base", discountSparsity: true });
    expect(score(totals, baselines.itu2021)).toBe(1);
  });
});
