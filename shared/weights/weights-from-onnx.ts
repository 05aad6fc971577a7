/** The trained weights in an ONNX graph, for use with a model file. */
import type { Graph, TensorData } from "../graph/graph.js";
import { evaluateQuantizer } from "../graph/values/quantizers.js";
import { hasValue } from "../graph/values/tensor-value.js";
import { type MacWeight, macWeights } from "./mac-weights.js";
import type { WeightEntry, WeightSet } from "./types.js";

/**
 * Reads the weights of all convolutions and matrix products, in graph order, each constant once.
 *
 * The values are the float weights before the quantiser (integers behind a `DequantizeLinear` are scaled), in the
 * shape that the file stores. The scale is the quantiser's when it is a constant with a value.
 * @param source names the weights in messages.
 */
export function readWeightsFromOnnx(graph: Graph, source = graph.name): WeightSet {
  const entries = new Map<string, WeightEntry>();
  for (const weight of macWeights(graph)) {
    const data = floatValues(graph, weight);
    const { name, shape } = weight.tensor;
    if (data === undefined || shape === undefined || entries.has(name)) continue;
    const scale = graph.tensors.get(weight.quantizer?.inputs[1] ?? "");
    entries.set(name, {
      name,
      shape,
      data,
      ...(hasValue(scale) && { scale: { shape: scale.shape, data: scale.data } }),
    });
  }
  return { source, entries: [...entries.values()] };
}

function floatValues(graph: Graph, { tensor, quantizer }: MacWeight): TensorData | undefined {
  if (quantizer?.opType !== "DequantizeLinear" || !hasValue(tensor)) return tensor.data;
  const parameters = quantizer.inputs
    .slice(1)
    .map((name) => graph.tensors.get(name))
    .filter(hasValue);
  return evaluateQuantizer(quantizer, [tensor, ...parameters])?.data;
}
