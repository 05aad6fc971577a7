import { describe, expect, it } from "vitest";
import { draftGraph } from "../testing/draft-graph.js";
import { foldConstants } from "./fold.js";
import { inferShapes } from "./infer-shapes.js";

describe("foldConstants", () => {
  it("replaces a quantised weight by its quantised values", () => {
    const draft = draftGraph();
    const x = draft.input("x", [1, 4]);
    const w = draft.quant(draft.constant("w", [4, 1], [0.9, -0.2, 0.25, 0.26]), { bits: 3, scale: 0.5, narrow: true });
    const graph = foldConstants(draft.build(draft.node("MatMul", [x, w])));
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(["MatMul"]);
    expect(Array.from(graph.tensors.get(w)?.data ?? [], (value) => value + 0)).toEqual([1, 0, 0, 0.5]);
    expect(graph.tensors.get(w)?.constant).toBe(true);
  });

  it("leaves out what nothing reads any more", () => {
    const draft = draftGraph();
    const w = draft.quant(draft.constant("w", [2], [1, 2]), { bits: 3, scale: 1, name: "q" });
    const graph = foldConstants(draft.build(draft.node("Add", [draft.input("x", [2]), w])));
    expect([...graph.tensors.keys()].sort()).toEqual(["node1.out", "q.out", "x"]);
  });

  it("keeps the density of a weight without values through its quantiser and a transposition", () => {
    const draft = draftGraph();
    const w = draft.quant(draft.constant("w", [2, 3], undefined, { density: 0.25 }), { bits: 3 });
    const turned = draft.node("Transpose", [w]);
    const out = draft.node("MatMul", [draft.input("x", [1, 3]), turned]);
    const graph = foldConstants(inferShapes(draft.build(out)).value);
    expect(graph.tensors.get(turned)).toMatchObject({ shape: [3, 2], constant: true, density: 0.25 });
    expect(graph.tensors.get(turned)?.data).toBeUndefined();
  });

  it("folds an op that it cannot evaluate into a constant without values when the shape is known", () => {
    const draft = draftGraph();
    const softmax = draft.node("Softmax", [draft.constant("w", [2], [1, 2])]);
    const mystery = draft.node("Mystery", [softmax]);
    const graph = foldConstants(draft.build(mystery));
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Mystery"]);
    expect(graph.tensors.get(softmax)).toMatchObject({ shape: [2], constant: true });
  });

  it("folds the shape of a tensor that is computed", () => {
    const draft = draftGraph();
    const shape = draft.node("Shape", [draft.input("x", [1, 5])]);
    const graph = foldConstants(draft.build(draft.node("Mystery", [shape])));
    expect(Array.from(graph.tensors.get(shape)?.data ?? [])).toEqual([1, 5]);
  });

  it("leaves alone what has a dynamic or absent input, no input, or a stated cost", () => {
    const draft = draftGraph();
    const w = draft.constant("w", [2], [1, 2]);
    draft.node("Add", [draft.input("x", [2]), w]);
    draft.node("Clip", [w, "", w]);
    draft.node("RandomNormal", []);
    draft.node("CustomOp", [w], { outputShape: [2] }, { domain: "quantlens" });
    const graph = foldConstants(draft.build());
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(["Add", "Clip", "RandomNormal", "CustomOp"]);
  });
});
