/** Which constant is the weight of each multiply-accumulate node, and which quantiser stands between. */
import type { Graph, GraphNode, Tensor } from "../graph/graph.js";

/** The weight of one convolution or matrix product. */
export interface MacWeight {
  readonly node: GraphNode;
  /** The constant before its quantiser; named as in the graph, with data if the graph has it. */
  readonly tensor: Tensor;
  /** The quantiser next to the constant: `Quant`, `BipolarQuant`, `QuantizeLinear` or `DequantizeLinear`. */
  readonly quantizer?: GraphNode;
}

const quantizers = new Set(["Quant", "IntQuant", "BipolarQuant", "QuantizeLinear", "DequantizeLinear"]);

/** What exporters put between a weight and its consumer beside quantisers; each passes its first input on. */
const passing = new Set(["Transpose", "Reshape", "Identity", "Cast", "Flatten", "Squeeze", "Unsqueeze", "Clip"]);

/**
 * The weights of Conv, ConvTranspose, Gemm and MatMul nodes in graph order; a product of two dynamic tensors has none.
 * A constant that two nodes share is listed for each.
 */
export function macWeights(graph: Graph): readonly MacWeight[] {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  return graph.nodes.flatMap((node) => {
    for (const position of weightPositions(node)) {
      const found = trace(graph, producers, node.inputs[position] ?? "");
      if (found !== undefined) return [{ node, ...found }];
    }
    return [];
  });
}

/** Where the weight may be: a matrix product has it on either side. */
function weightPositions(node: GraphNode): readonly number[] {
  switch (node.opType) {
    case "Conv":
    case "ConvTranspose":
      return [1];
    case "Gemm":
    case "MatMul":
      return [1, 0];
    default:
      return [];
  }
}

function trace(
  graph: Graph,
  producers: ReadonlyMap<string, GraphNode>,
  start: string,
): Omit<MacWeight, "node"> | undefined {
  let quantizer: GraphNode | undefined;
  for (let name = start; ;) {
    const tensor = graph.tensors.get(name);
    const producer = producers.get(name);
    const constant = tensor?.constant === true ? tensor : constantNodeValue(producer);
    if (constant !== undefined) {
      return quantizer === undefined ? { tensor: constant } : { tensor: constant, quantizer };
    }
    if (producer === undefined || !(quantizers.has(producer.opType) || passing.has(producer.opType))) return undefined;
    if (quantizers.has(producer.opType)) quantizer = producer;
    name = producer.inputs[0] ?? "";
  }
}

function constantNodeValue(node: GraphNode | undefined): Tensor | undefined {
  if (node?.opType !== "Constant") return undefined;
  const value = node.attributes.value;
  return typeof value === "object" && "elementType" in value ? { ...value, name: node.outputs[0] ?? "" } : undefined;
}
