import { describe, expect, it } from "vitest";
import { baselines } from "../cost/baselines.js";
import { draftGraph } from "../testing/draft-graph.js";
import type { Graph } from "../graph/graph.js";
import { inferShapes } from "../graph/infer-shapes.js";
import { diagramOf, mostDiagramNodes } from "./diagram-of.js";
import { deepNetwork } from "./testing/networks.js";
import type { Diagram, DiagramForm } from "./types.js";

const options = { baseline: baselines.itu2021, flavor: "finn-base", discountSparsity: true } as const;

function describedAs(form: DiagramForm, graph: Graph): Diagram {
  const { value } = diagramOf(inferShapes(graph).value, { ...options, form, title: "net" });
  if (!value) throw new Error("nothing to draw");
  return value;
}

function smallNetwork(): Graph {
  const draft = draftGraph();
  const x = draft.quant(draft.input("x", [1, 4, 16]), { bits: 8, scale: 0.1, name: "inputQuant" });
  const w = draft.constant("w", [4, 1, 3], [1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0]);
  const weight = draft.quant(w, { bits: 6, scale: 0.1, name: "weightQuant" });
  const attributes = { kernel_shape: [3], strides: [2], pads: [1, 1], group: 4 };
  const y = draft.node("Conv", [x, weight], attributes, { name: "conv" });
  return draft.build(draft.quant(y, { bits: 4, signed: false, scale: 0.1, name: "actQuant" }));
}

describe("a quantised diagram", () => {
  const diagram = describedAs("quantised", smallNetwork());

  it("has the nodes that data flows through, between inputs and outputs", () => {
    expect(diagram.nodes.map(({ kind, title, node }) => [kind, title, node])).toEqual([
      ["input", "input", undefined],
      ["quantizer", "Quant, 8 bit", "inputQuant"],
      ["operation", "Conv 3, stride 2, depthwise", "conv"],
      ["quantizer", "Quant, 4 bit", "actQuant"],
      ["output", "output", undefined],
    ]);
  });

  it("says what an operation costs: 4·8 outputs of 3 weights, a third of them not zero", () => {
    expect(diagram.nodes[2]?.lines).toEqual([
      "conv",
      "weight 4×1×3 SCALEDINT6 · 33.3 % non-zero",
      "1.54 kbop · 24 b · 100 %",
    ]);
    expect(diagram.nodes[2]?.heat).toBe(1);
  });

  it("has shapes and types on its edges", () => {
    expect(diagram.edges.map(({ from, to, label }) => [from, to, label])).toEqual([
      [0, 1, "4×16 FLOAT32"],
      [1, 2, "4×16 SCALEDINT8"],
      [2, 3, "4×8 FLOAT32"],
      [3, 4, "4×8 SCALEDUINT4"],
    ]);
  });

  it("sums up what the network costs", () => {
    expect(diagram.summary).toBe("quantised · score 0.0000106 · 1.54 kbop · 24 b · 32 MAC");
  });
});

describe("a float diagram", () => {
  it("has no quantisers, and the cost of 32 bits", () => {
    const diagram = describedAs("float", smallNetwork());
    expect(diagram.nodes.map(({ title }) => title)).toEqual(["input", "Conv 3, stride 2, depthwise", "output"]);
    expect(diagram.nodes[1]?.lines[2]).toBe("32.8 kbop · 128 b · 100 %");
    expect(diagram.edges.map(({ label }) => label)).toEqual(["4×16 FLOAT32", "4×8 FLOAT32"]);
  });
});

describe("unusual graphs", () => {
  it("have late inputs at their reader and outputs behind their maker", () => {
    const draft = draftGraph();
    const [x, late] = [draft.input("x", [1, 4]), draft.input("late", [1, 4])];
    const early = draft.node("Relu", [x], {}, { name: "early" });
    const sum = draft.node("Add", [draft.node("Relu", [early], {}, { name: "next" }), late], {}, { name: "sum" });
    const diagram = describedAs("quantised", draft.build(sum, early));
    expect(diagram.nodes.map(({ node, lines }) => node ?? lines[0])).toEqual([
      ...["x", "early", "early.out", "next", "late", "sum", "sum.out"],
    ]);
    expect(diagram.edges.every(({ from, to }) => from < to)).toBe(true);
  });

  it.each([
    ["nothing but constants", () => draftGraph().build(), []],
    [
      "an output that is an input",
      () => {
        const draft = draftGraph();
        return draft.build(draft.input("x", [1, 4]));
      },
      ["input", "output"],
    ],
    [
      "an operator that has no price",
      () => {
        const draft = draftGraph();
        return draft.build(draft.node("Mystery", [draft.input("x", [1, 4])], {}, { name: "m" }));
      },
      ["input", "Mystery", "output"],
    ],
  ])("with %s are drawn", (_name, graph, titles) => {
    const diagram = describedAs("quantised", graph());
    expect(diagram.nodes.map(({ title }) => title)).toEqual(titles);
    expect(diagram.nodes.every(({ heat }) => heat === 0)).toBe(true);
    expect(diagram.nodes.find(({ title }) => title === "Mystery")?.lines[1] ?? "has no price").toBe("has no price");
  });

  it("that are too large are refused in a sentence", () => {
    const graph = deepNetwork(mostDiagramNodes / 2);
    const { value, problem } = diagramOf(graph, { ...options, form: "quantised", title: "net" });
    expect(value).toBeUndefined();
    expect(problem).toBe("The graph has 30000 nodes, and at most 20000 can be drawn: look at its table instead.");
  });
});
