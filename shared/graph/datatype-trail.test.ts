import { describe, expect, it } from "vitest";
import { draftGraph } from "../testing/draft-graph.js";
import { dataTypeTrail } from "./datatype-trail.js";
import { inferDataTypes } from "./infer-datatypes.js";

function residual() {
  const draft = draftGraph();
  const x = draft.input("x", [1, 2, 4]);
  const a = draft.quant(x, { bits: 6, scale: 0.5, signed: false, name: "a" });
  const b = draft.quant(x, { bits: 6, scale: 0.25, signed: false, name: "b" });
  const sum = draft.node("Add", [a, b], {}, { name: "sum" });
  const relu = draft.node("Relu", [sum], {}, { name: "relu" });
  const graph = draft.build(relu);
  return { graph, dataTypes: inferDataTypes(graph, "finn-base"), x, a, sum, relu };
}

describe("dataTypeTrail", () => {
  it("leads from the last integer tensor to the one asked for, and marks where integers were lost", () => {
    const { graph, dataTypes, a, sum, relu } = residual();
    expect(dataTypeTrail(graph, dataTypes, relu)).toEqual([
      { node: "a", tensor: a, dataType: "SCALEDUINT6", lost: false },
      { node: "sum", tensor: sum, dataType: "FLOAT32", lost: true },
      { node: "relu", tensor: relu, dataType: "FLOAT32", lost: false },
    ]);
  });

  it("is the tensor alone while it is integer", () => {
    const { graph, dataTypes, a } = residual();
    expect(dataTypeTrail(graph, dataTypes, a)).toHaveLength(1);
  });

  it("goes back to the input of a graph that never quantised", () => {
    const { graph, dataTypes, x } = residual();
    expect(dataTypeTrail(graph, dataTypes, x)).toEqual([{ tensor: x, dataType: "FLOAT32", lost: false }]);
  });

  it("follows the float operand of a sum", () => {
    const draft = draftGraph();
    const x = draft.input("x", [2]);
    const sum = draft.node("Add", [draft.quant(x, { bits: 4, scale: 1 }), draft.node("Relu", [x])]);
    const graph = draft.build(sum);
    const trail = dataTypeTrail(graph, inferDataTypes(graph, "finn-base"), sum);
    expect(trail.map(({ tensor, lost }) => [tensor, lost])).toEqual([
      ["x", false],
      ["node1.out", false],
      [sum, false],
    ]);
  });
});
