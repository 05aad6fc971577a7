import { describe, expect, it } from "vitest";
import type { Graph, GraphNode, Tensor } from "../graph/graph.js";
import { readWeightsFromOnnx } from "./weights-from-onnx.js";

function constant(name: string, shape: readonly number[], ...values: number[]): Tensor {
  return { name, elementType: "float32", shape, constant: true, data: Float32Array.from(values) };
}

function node(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: GraphNode["attributes"] = {},
): GraphNode {
  return { name: `${opType}.${output}`, opType, domain: "", inputs, outputs: [output], attributes };
}

function graph(constants: readonly Tensor[], ...nodes: GraphNode[]): Graph {
  return {
    name: "file",
    nodes,
    tensors: new Map(constants.map((tensor) => [tensor.name, tensor])),
    inputs: ["x"],
    outputs: [nodes.at(-1)?.outputs[0] ?? ""],
    layers: [],
  };
}

describe("readWeightsFromOnnx", () => {
  it("finds weights behind quantisers and transpositions, in graph order", () => {
    const set = readWeightsFromOnnx(
      graph(
        [constant("w1", [1, 1, 2], 1, 2), constant("s", [], 0.5), constant("w2", [1, 2], 3, 4), constant("z", [], 0)],
        node("Quant", ["w1", "s", "z", "z"], "q1"),
        node("Conv", ["x", "q1"], "y"),
        node("Quant", ["w2", "s", "z", "z"], "q2"),
        node("Transpose", ["q2"], "t"),
        node("MatMul", ["y", "t"], "out"),
      ),
      "file.onnx",
    );
    const scale = { shape: [], data: Float32Array.of(0.5) };
    expect(set).toEqual({
      source: "file.onnx",
      entries: [
        { name: "w1", shape: [1, 1, 2], data: Float32Array.of(1, 2), scale },
        { name: "w2", shape: [1, 2], data: Float32Array.of(3, 4), scale },
      ],
    });
  });

  it("reads float weights, Constant nodes and constants on the left of a product", () => {
    const value = {
      name: "",
      elementType: "float32",
      shape: [1, 1],
      constant: true,
      data: Float32Array.of(7),
    } as const;
    const { entries } = readWeightsFromOnnx(
      graph(
        [constant("w", [1, 1], 5)],
        node("Constant", [], "c", { value }),
        node("MatMul", ["w", "x"], "a"),
        node("Gemm", ["a", "c"], "out"),
      ),
    );
    expect(entries.map(({ name, data }) => [name, ...data])).toEqual([
      ["w", 5],
      ["c", 7],
    ]);
  });

  it("scales the integers behind a DequantizeLinear", () => {
    const integers: Tensor = { ...constant("w", [1, 2]), elementType: "int8", data: Int8Array.of(-3, 4) };
    const zero: Tensor = { ...constant("z", []), elementType: "int8", data: Int8Array.of(0) };
    const { entries } = readWeightsFromOnnx(
      graph(
        [integers, constant("s", [], 0.5), zero],
        node("DequantizeLinear", ["w", "s", "z"], "d"),
        node("Gemm", ["x", "d"], "out"),
      ),
    );
    expect(entries).toEqual([
      { name: "w", shape: [1, 2], data: Float32Array.of(-1.5, 2), scale: { shape: [], data: Float32Array.of(0.5) } },
    ]);
  });

  it("lists a shared weight once and a product of two dynamic tensors not at all", () => {
    const { entries } = readWeightsFromOnnx(
      graph(
        [constant("w", [1, 1], 1)],
        node("MatMul", ["x", "w"], "a"),
        node("MatMul", ["a", "w"], "b"),
        node("MatMul", ["a", "b"], "out"),
      ),
    );
    expect(entries.map(({ name }) => name)).toEqual(["w"]);
  });
});
