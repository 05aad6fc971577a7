/** A large, ordinary QONNX file: a chain of quantised fully connected layers. */
import { qonnxDomain } from "../../shared/graph/domains.js";
import { writeQonnx } from "../../shared/onnx/write.js";
import type { Graph, GraphNode, Tensor } from "../../shared/graph/graph.js";

/** Bytes of an ONNX file with about `megabytes` MB of float32 weights; deterministic, about a quarter of them zero. */
export function largeOnnx(megabytes: number): Uint8Array {
  const width = 1024;
  const layers = Math.round((megabytes * 1e6) / (width * width * 4));
  const tensors = new Map<string, Tensor>();
  const nodes: GraphNode[] = [];
  const constant = (name: string, shape: readonly number[], data: Float32Array) =>
    tensors.set(name, { name, elementType: "float32", shape, constant: true, data });
  constant("scale", [], Float32Array.of(0.125));
  constant("zero", [], Float32Array.of(0));
  constant("bits", [], Float32Array.of(4));
  tensors.set("x0", { name: "x0", elementType: "float32", shape: [1, width] });
  const quant = (name: string, input: string, output: string, narrow: number) => {
    nodes.push({
      name,
      opType: "Quant",
      domain: qonnxDomain,
      inputs: [input, "scale", "zero", "bits"],
      outputs: [output],
      attributes: { signed: 1, narrow, rounding_mode: "ROUND" },
    });
  };
  let seed = 1;
  for (let layer = 0; layer < layers; layer++) {
    const weights = new Float32Array(width * width);
    for (let index = 0; index < weights.length; index++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      weights[index] = (seed / 2 ** 32 - 0.5) * 0.5;
    }
    constant(`w${layer}`, [width, width], weights);
    quant(`quant_x${layer}`, `x${layer}`, `x${layer}_q`, 0);
    quant(`quant_w${layer}`, `w${layer}`, `w${layer}_q`, 1);
    nodes.push({
      name: `matmul${layer}`,
      opType: "MatMul",
      domain: "",
      inputs: [`x${layer}_q`, `w${layer}_q`],
      outputs: [`x${layer + 1}`],
      attributes: {},
    });
    for (const name of [`x${layer}_q`, `x${layer + 1}`])
      tensors.set(name, { name, elementType: "float32", shape: [1, width] });
    tensors.set(`w${layer}_q`, { name: `w${layer}_q`, elementType: "float32", shape: [width, width] });
  }
  const graph: Graph = { name: "large", nodes, tensors, inputs: ["x0"], outputs: [`x${layers}`], layers: [] };
  return writeQonnx(graph);
}
