/** Puts trained weights into a model's graph, so that its cost and hints are those of the trained network. */
import { numberAttribute } from "../graph/attributes.js";
import { freshName } from "../graph/fresh-name.js";
import type { Graph, GraphNode, Tensor, TensorData } from "../graph/graph.js";
import { elementCount } from "../graph/graph.js";
import { macWeights } from "./mac-weights.js";
import { matchWeights } from "./match-weights.js";
import { statisticsScale } from "./scale-statistics.js";
import type { WeightEntry, WeightSet } from "./types.js";

export interface ApplyResult {
  /** The graph with the values of the weights that were found; the others stay without. */
  readonly value: Graph;
  /** Names of the weight in the model and of the entry in the file. */
  readonly matched: readonly { readonly tensor: string; readonly entry: string }[];
  /** One sentence per weight or entry that did not fit. */
  readonly mismatches: readonly string[];
}

/**
 * Fills the weights of convolutions and matrix products with the set's values, found by name, else by order and shape.
 *
 * A weight quantiser whose scale has no value yet gets the file's scale; where the file has none, or one of another
 * granularity, the statistic of the weights (`statisticsScale`). A scale that the model file states stays.
 */
export function applyWeights(graph: Graph, set: WeightSet): ApplyResult {
  // A constant that several nodes use has one entry.
  const weights = new Map(macWeights(graph).map((weight) => [weight.tensor.name, weight]));
  const { matches, mismatches } = matchWeights(
    [...weights.values()].map(({ tensor }) => tensor),
    set,
  );
  const tensors = new Map(graph.tensors);
  const rewired = new Map<string, GraphNode>();
  const isShared = sharedInputs(graph);
  for (const { tensor, entry } of matches) {
    tensors.set(tensor.name, withData(tensor, entry.data));
    const quantizer = weights.get(tensor.name)?.quantizer;
    const scale = tensors.get(quantizer?.inputs[1] ?? "");
    if (quantizer === undefined || scale === undefined || scale.data !== undefined) continue;
    const data = scaleValues(graph, quantizer, scale, entry);
    if (isShared(scale.name)) {
      const name = freshName(tensors, `${quantizer.name}.scale`);
      tensors.set(name, { ...withData(scale, data), name });
      rewired.set(quantizer.name, { ...quantizer, inputs: quantizer.inputs.with(1, name) });
    } else tensors.set(scale.name, withData(scale, data));
  }
  const nodes = rewired.size === 0 ? graph.nodes : graph.nodes.map((node) => rewired.get(node.name) ?? node);
  return {
    value: { ...graph, nodes, tensors },
    matched: matches.map(({ tensor, entry }) => ({ tensor: tensor.name, entry: entry.name })),
    mismatches,
  };
}

/** The tensor with these values. A density that was assumed is dropped: the values' own zeros count from now on. */
function withData({ name, elementType, shape, dataType }: Tensor, data: TensorData): Tensor {
  return { name, elementType, constant: true, data, ...(shape && { shape }), ...(dataType && { dataType }) };
}

function scaleValues(graph: Graph, quantizer: GraphNode, scale: Tensor, entry: WeightEntry): TensorData {
  const shape = scale.shape ?? [];
  const count = elementCount(shape);
  const given = entry.scale?.data;
  if (given?.length === count) return given;
  if (given?.length === 1) return new Float32Array(count).fill(given[0] ?? 1);
  const statistic = statisticsScale(entry.data, entry.shape, shape, {
    bits: graph.tensors.get(quantizer.inputs[3] ?? "")?.data?.[0] ?? 1,
    signed: numberAttribute(quantizer, "signed", 1) !== 0,
    narrow: numberAttribute(quantizer, "narrow", 0) !== 0,
  });
  return isPowerOfTwo(graph, quantizer) ? statistic.map((value) => 2 ** Math.ceil(Math.log2(value))) : statistic;
}

/** True when the model file asks for `powerOfTwo` scales, which the graph itself has no word for. */
function isPowerOfTwo(graph: Graph, quantizer: GraphNode): boolean {
  const weightQuant = graph.layers[quantizer.layer ?? -1]?.options.weightQuant;
  return (
    typeof weightQuant === "object" &&
    weightQuant !== null &&
    "powerOfTwo" in weightQuant &&
    weightQuant.powerOfTwo === true
  );
}

function sharedInputs(graph: Graph): (tensor: string) => boolean {
  const uses = new Map<string, number>();
  for (const node of graph.nodes) for (const input of node.inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  return (tensor) => (uses.get(tensor) ?? 0) > 1;
}
