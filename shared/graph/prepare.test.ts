import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftGraph } from "../testing/draft-graph.js";
import { randomGraph } from "../testing/random-graph.js";
import type { CostFlavor, DataType } from "./datatype.js";
import { foldConstants } from "./fold.js";
import type { Graph } from "./graph.js";
import { graphIndex } from "./graph-index.js";
import { inferDataTypes } from "./infer-datatypes.js";
import { inferShapes } from "./infer-shapes.js";
import { prepareForCost } from "./prepare.js";
import type { TypeChanges } from "./propagate-types.js";

fc.configureGlobal({ seed: 2018 });

/** Both passes in full, as the tools make them, on a graph in which the changes have been written down. */
function inferInFull(
  graph: Graph,
  flavor: CostFlavor,
  { bits, dataTypes }: TypeChanges,
): ReadonlyMap<string, DataType> {
  const tensors = new Map(graph.tensors);
  const { nodes } = graphIndex(graph);
  for (const [name, width] of bits) {
    const bitWidth = nodes.get(name)?.inputs[3] ?? "";
    const data = Float32Array.of(width);
    tensors.set(bitWidth, { name: bitWidth, elementType: "float32", shape: [], constant: true, data });
  }
  const changed = { ...graph, tensors };
  const first = inferDataTypes(changed, flavor, dataTypes);
  const folded = foldConstants(changed);
  const kept = [...folded.tensors.values()].flatMap(({ name, constant }): [string, DataType][] =>
    constant ? [[name, first.get(name) ?? "FLOAT32"]] : [],
  );
  const present = [...dataTypes].filter(([name]) => folded.tensors.has(name));
  return inferDataTypes(folded, flavor, new Map([...kept, ...present]));
}

const flavor = fc.constantFrom<CostFlavor>("finn-base", "qonnx");

/** A graph and changes to it. */
const changedGraph = randomGraph.chain((graph) => {
  // A computed width cannot be written down as another constant without changing what is folded.
  const quantizers = graph.nodes.filter(
    ({ opType, inputs }) => opType === "Quant" && graph.tensors.get(inputs[3] ?? "")?.constant,
  );
  const bits = fc
    .subarray(quantizers.map(({ name }) => name))
    .chain((names) =>
      fc.tuple(...names.map((name) => fc.integer({ min: 1, max: 8 }).map((width): [string, number] => [name, width]))),
    );
  const outputs = graph.nodes.filter(({ opType }) => opType === "Add").flatMap((node) => node.outputs);
  const dataTypes = fc.subarray(outputs).map((names) => names.map((name): [string, DataType] => [name, "SCALEDUINT6"]));
  return fc.record({
    graph: fc.constant(graph),
    changes: fc.record({
      bits: bits.map((entries) => new Map(entries)),
      dataTypes: dataTypes.map((entries) => new Map(entries)),
    }),
  });
});

const none: TypeChanges = { bits: new Map(), dataTypes: new Map() };

describe("prepareForCost", () => {
  it("has the types of both passes in full", () => {
    fc.assert(
      fc.property(randomGraph, flavor, (graph, tool) => {
        const { dataTypes } = prepareForCost(graph, tool);
        for (const [name, dataType] of inferInFull(graph, tool, none)) expect(dataTypes.get(name), name).toBe(dataType);
      }),
    );
  });

  it("has, under changes, the types of a graph in which they are written down", () => {
    fc.assert(
      fc.property(changedGraph, flavor, ({ graph, changes }, tool) => {
        const { dataTypes } = prepareForCost(graph, tool, changes);
        const expected = inferInFull(graph, tool, changes);
        for (const [name, dataType] of expected) expect(dataTypes.get(name), name).toBe(dataType);
      }),
    );
  });

  it("keeps a folded tensor's type of the first pass: a bias whose bit width is computed stays float", () => {
    const draft = draftGraph();
    const x = draft.quant(draft.input("x", [1, 2]), { bits: 8, scale: 0.5 });
    const w = draft.quant(draft.constant("w", [3, 2]), { bits: 6 });
    const width = draft.node("Ceil", [draft.constant("width", [], [18.2])]);
    const parameters = [draft.constant("scale", [], [0.25]), draft.constant("zero", [], [0]), width];
    const bias = draft.node("Quant", [draft.constant("b", [3]), ...parameters], { signed: 1, narrow: 0 });
    const out = draft.node("Gemm", [x, w, bias], { transB: 1 });
    const prepared = prepareForCost(draft.build(out), "qonnx");
    expect(prepared.nodes.map(({ opType }) => opType)).toEqual(["Quant", "Gemm"]);
    expect([w, bias, out].map((name) => prepared.dataTypes.get(name))).toEqual(["SCALEDINT6", "FLOAT32", "FLOAT32"]);
  });

  it("sees a computed bit width of an activation in the second pass", () => {
    const draft = draftGraph();
    const width = draft.node("Ceil", [draft.constant("width", [], [3.5])]);
    const parameters = [draft.constant("scale", [], [0.25]), draft.constant("zero", [], [0]), width];
    const out = draft.node("Quant", [draft.input("x", [1, 2]), ...parameters], { signed: 1, narrow: 0 });
    const flat = draft.node("Flatten", [out]);
    expect(prepareForCost(draft.build(flat), "finn-base").dataTypes.get(flat)).toBe("SCALEDINT4");
  });

  it("is made once per graph and flavour", () => {
    const draft = draftGraph();
    const graph = inferShapes(draft.build(draft.node("Relu", [draft.input("x", [2])]))).value;
    expect(prepareForCost(graph, "qonnx")).toBe(prepareForCost(graph, "qonnx"));
    expect(prepareForCost(graph, "qonnx").unfolded).toBe(graph);
  });

  it("does not evaluate weights, which only need their zeros counted", () => {
    const draft = draftGraph();
    const w = draft.quant(draft.constant("w", [2000], new Float32Array(2000)), { bits: 4, scale: 1 });
    const { tensors } = prepareForCost(draft.build(draft.node("Add", [draft.input("x", [2000]), w])), "qonnx");
    expect(tensors.get(w)).toMatchObject({ constant: true, shape: [2000] });
    expect(tensors.get(w)?.data).toBeUndefined();
  });
});

describe("graphIndex", () => {
  it("finds who makes and who reads a tensor, each reader once", () => {
    const draft = draftGraph();
    const x = draft.input("x", [2]);
    const twice = draft.node("Add", [x, x], {}, { name: "twice" });
    const graph = draft.build(draft.node("Mul", [twice, x], {}, { name: "product" }));
    const { producers, consumers, nodes, positions } = graphIndex(graph);
    expect(producers.get(twice)?.name).toBe("twice");
    expect(producers.has(x)).toBe(false);
    expect(consumers.get(x)?.map(({ name }) => name)).toEqual(["twice", "product"]);
    expect(graph.nodes.map((node) => positions.get(node))).toEqual([0, 1]);
    expect(nodes.get("product")).toBe(graph.nodes[1]);
    expect(graphIndex(graph)).toBe(graphIndex(graph));
  });
});
