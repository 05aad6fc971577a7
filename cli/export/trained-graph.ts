/** The graph of a model file with the values that training found, as exporters write it. */
import { elementCount, type Graph, type Tensor } from "../../shared/graph/graph.js";
import { graphIndex } from "../../shared/graph/graph-index.js";
import type { EvaluatedNetwork } from "../train/lower/program-weights.js";

/**
 * Fills every constant that training determines: weights with pruned elements 0, biases, batch-norm statistics, and the
 * scales that quantisers have in evaluation. Constants that the model file states stay.
 */
export function trainedGraph(graph: Graph, { program, parameters, scales }: EvaluatedNetwork): Graph {
  const tensors = new Map(graph.tensors);
  for (const [name, data] of parameters) {
    const tensor = tensors.get(name);
    if (tensor) tensors.set(name, withData(tensor, data));
  }
  const { nodes } = graphIndex(graph);
  for (const { name, twins = [] } of program.quantizers) {
    const values = scales.get(name);
    for (const node of [name, ...twins]) {
      const scale = tensors.get(nodes.get(node)?.inputs[1] ?? "");
      if (values && scale?.constant === true && scale.data === undefined)
        tensors.set(scale.name, withData(scale, values));
    }
  }
  return { ...graph, tensors };
}

function withData(tensor: Tensor, data: Float32Array): Tensor {
  const count = elementCount(tensor.shape ?? []);
  // One value stands for all channels where the quantiser has one scale and the graph a scale each.
  return { ...tensor, data: data.length === count ? data : new Float32Array(count).fill(data[0] ?? 0) };
}
