/** The float network behind a quantised one: the same graph without its quantisers. */
import type { Graph, GraphNode, Tensor } from "./graph.js";
import { graphIndex } from "./graph-index.js";

/** Ops that only round: their output stands for their first input. */
const quantizers: ReadonlySet<string> = new Set([
  ...["Quant", "IntQuant", "FloatQuant", "BipolarQuant", "CodebookQuant", "Trunc"],
  ...["QuantizeLinear", "DequantizeLinear"],
]);

/** True for a node that rounds its first input and does nothing else. */
export function isQuantizing(graph: Graph, node: GraphNode): boolean {
  if (quantizers.has(node.opType)) return true;
  // Between QuantizeLinear and DequantizeLinear, Clip narrows the integer range.
  if (node.opType !== "Clip") return false;
  return graphIndex(graph).producers.get(node.inputs[0] ?? "")?.opType === "QuantizeLinear";
}

/**
 * The graph without quantisers: whoever read a quantiser's output reads its input. Layers stay, with the tensors that
 * are left; annotated data types, which tell of quantisation, are gone. A graph without quantisers is only stripped of
 * annotations.
 */
export function withoutQuantizers(graph: Graph): Graph {
  const instead = new Map<string, string>();
  const now = (name: string): string => instead.get(name) ?? name;
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    const [input] = node.inputs;
    const [output] = node.outputs;
    if (isQuantizing(graph, node) && input !== undefined && output !== undefined) instead.set(output, now(input));
    else nodes.push({ ...node, inputs: node.inputs.map(now) });
  }
  return {
    ...graph,
    nodes,
    tensors: new Map([...graph.tensors].map(([name, tensor]) => [name, unannotated(tensor)])),
    outputs: graph.outputs.map(now),
    layers: graph.layers.map((layer) => ({ ...layer, inputs: layer.inputs.map(now), output: now(layer.output) })),
  };
}

function unannotated(tensor: Tensor): Tensor {
  if (tensor.dataType === undefined) return tensor;
  const plain = { ...tensor };
  delete plain.dataType;
  return plain;
}
