import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftGraph } from "../testing/draft-graph.js";
import { randomGraph } from "../testing/random-graph.js";
import { graphIndex } from "./graph-index.js";
import { isQuantizing, withoutQuantizers } from "./without-quantizers.js";

describe("withoutQuantizers", () => {
  it("has readers of a quantiser read what it quantised, through several of them", () => {
    const draft = draftGraph();
    const x = draft.quant(draft.quant(draft.input("x", [1, 4]), { bits: 8, name: "a" }), { bits: 4, name: "b" });
    const w = draft.quant(draft.constant("w", [4, 2]), { bits: 3, name: "c" });
    const graph = withoutQuantizers(draft.build(draft.quant(draft.node("MatMul", [x, w]), { bits: 8, name: "d" })));
    expect(graph.nodes.map(({ opType, inputs }) => [opType, ...inputs])).toEqual([["MatMul", "x", "w"]]);
    expect(graph.outputs).toEqual(graph.nodes[0]?.outputs);
  });

  it("takes the integers of QCDQ away, and the Clip between them only", () => {
    const draft = draftGraph();
    const [scale, zero] = [draft.constant("s", [], [0.1]), draft.constant("z", [], [0])];
    const clipped = draft.node("Clip", [draft.input("x", [1, 4])]);
    const integers = draft.node("Clip", [draft.node("QuantizeLinear", [clipped, scale, zero])]);
    const output = draft.node("Relu", [draft.node("DequantizeLinear", [integers, scale, zero])]);
    const graph = withoutQuantizers(draft.build(output));
    expect(graph.nodes.map(({ opType, inputs }) => [opType, inputs[0]])).toEqual([
      ["Clip", "x"],
      ["Relu", clipped],
    ]);
  });

  it("forgets annotated data types", () => {
    const draft = draftGraph();
    draft.constant("w", [4, 2], undefined, { dataType: "INT2" });
    const graph = withoutQuantizers(draft.build(draft.node("MatMul", [draft.input("x", [1, 4]), "w"])));
    expect(graph.tensors.get("w")).not.toHaveProperty("dataType");
  });

  it("leaves every other node, and no reference to what is gone", () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const float = withoutQuantizers(graph);
        expect(float.nodes.map(({ name }) => name)).toEqual(
          graph.nodes.filter((node) => !isQuantizing(graph, node)).map(({ name }) => name),
        );
        const { producers } = graphIndex(float);
        const isKnown = (name: string): boolean =>
          producers.has(name) || float.inputs.includes(name) || float.tensors.get(name)?.constant === true;
        expect(float.nodes.flatMap(({ inputs }) => inputs).filter((name) => !isKnown(name))).toEqual([]);
        expect(float.outputs.filter((name) => !isKnown(name))).toEqual([]);
      }),
    );
  });
});
