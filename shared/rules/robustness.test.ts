/** Whatever a graph contains, the rules finish, and what they say is a sentence with finite prices. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyzeOnnx } from "../analysis/analyze.js";
import type { Graph } from "../graph/graph.js";
import { readOnnx } from "../onnx/read.js";
import { analyzeOnnxText } from "../testing/fixture.js";
import { goldenPath, hasGolden } from "../testing/golden.js";
import { randomGraph } from "../testing/random-graph.js";
import { onnxExample } from "./support/example.js";
import type { Profile } from "./types.js";

const profiles: readonly Profile[] = ["itu2021", "finn", "hls4ml", "qcdq"];
const flavors = ["finn-base", "qonnx"] as const;

function expectSoundProblems(graph: Graph): void {
  const nodes = new Set(graph.nodes.map((node) => node.name));
  for (const profile of profiles) {
    for (const flavor of flavors) {
      const { problems } = analyzeOnnx(graph, {
        profile,
        flavor,
        discountSparsity: true,
        severities: {},
        parameters: {},
      });
      for (const { message, target, price, related = [] } of problems) {
        expect(message).toMatch(/^[^]+[^.]\.$/);
        expect(message).not.toMatch(/undefined|NaN|\[object/);
        expect(target.kind === "node" ? nodes.has(target.node) : target.kind === "model").toBe(true);
        expect(Object.values(price ?? {}).every(Number.isFinite)).toBe(true);
        for (const entry of related) expect(entry.message).not.toMatch(/undefined|NaN/);
      }
    }
  }
}

describe("the rules", () => {
  it("finish on random graphs", () => {
    fc.assert(fc.property(randomGraph, expectSoundProblems), { numRuns: 60, seed: 7 });
  });

  it.each([
    ["quantisers without operands", "q = qonnx.custom_op.general.Quant (x)\ny = Conv (q)"],
    [
      "nodes without inputs or outputs",
      "y = Relu ()\nz = Conv ()\nc = Concat ()\np = MaxPool ()\nt = Trunc ()\na = Add ()",
    ],
    ["an op nobody knows", "q = some.where.Mystery <level = 3> (x, w)\ny = Conv (q, w)"],
    [
      "tensors that nothing makes",
      "y = Conv (nowhere, neither)\na = Add (nowhere, neither)\nm = AveragePool (nowhere)",
    ],
  ])("finish on %s", (_what, nodes) => {
    const text = onnxExample({ nodes });
    for (const profile of profiles) {
      for (const { message } of analyzeOnnxText(text, { profile }).problems)
        expect(message).not.toMatch(/undefined|NaN/);
    }
  });

  it("finish on a chain that is longer than the call stack", () => {
    const links = Array.from({ length: 20_000 }, (_, index) => `i${index + 1} = Identity (i${index})`);
    const nodes = [...links, "r = Relu (i20000)", "y = Conv (r, w)"].join("\n");
    const { problems } = analyzeOnnxText(onnxExample({ input: "float[1,2,1024] i0", nodes }));
    expect(problems.map(({ code }) => code)).toContain("input-not-quantised");
  });

  describe.skipIf(!hasGolden)("on corner cases of the official tools", () => {
    const files = hasGolden ? readdirSync(goldenPath("onnx_edge")).filter((name) => name.endsWith(".onnx")) : [];
    it.each(files)("finish on %s", (name) => {
      expectSoundProblems(readOnnx(readFileSync(goldenPath("onnx_edge", name))).value!);
    });
  });
});
