/** From trained parameters to what the cost of a model is computed from. */
import { elementCount } from "../../../shared/graph/graph.js";
import type { WeightEntry, WeightSet } from "../../../shared/weights/types.js";
import type { ParameterSpec, QuantizerSpec, TrainProgram, WeightRef } from "../program.js";
import { channelIndex, evaluationScales } from "../scales.js";

/** A session, or a checkpoint. */
export interface TrainedParameters {
  readonly program: TrainProgram;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Pruned elements are 0 in the mask. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
}

/**
 * The weights of convolutions and matrix products with their quantisers' scales, pruned elements 0: for
 * `applyWeights` (shared/weights), so that the cost is that of the quantised, pruned network.
 */
export function programWeights(trained: TrainedParameters, source = "the trained weights"): WeightSet {
  const { program, parameters } = trained;
  const scales = evaluationScales(program, parameters);
  const refs = new Map(program.ops.flatMap((op) => weightOf(op)).map((ref) => [ref.parameter, ref]));
  const entries = program.parameters.flatMap((spec) => {
    const ref = refs.get(spec.name);
    return ref ? [weightEntry(trained, spec, program.quantizers[ref.quantizer ?? -1], scales)] : [];
  });
  return { source, entries };
}

function weightOf(op: TrainProgram["ops"][number]): readonly WeightRef[] {
  return op.kind === "conv" || op.kind === "linear" ? [op.weight] : [];
}

function weightEntry(
  { parameters, masks }: TrainedParameters,
  { name, shape }: ParameterSpec,
  quantizer: QuantizerSpec | undefined,
  scales: ReadonlyMap<string, Float32Array>,
): WeightEntry {
  const mask = masks.get(name);
  const stored = parameters.get(name) ?? new Float32Array(elementCount(shape));
  const data = mask ? stored.map((value, index) => (mask[index] === 0 ? 0 : value)) : stored.slice();
  const scale = quantizer && scales.get(quantizer.name);
  if (!quantizer || !scale) return { name, shape, data };
  const { channelAxis } = quantizer;
  const scaleShape = channelAxis === undefined ? [] : shape.map((size, axis) => (axis === channelAxis ? size : 1));
  if (quantizer.kind === "ternary")
    snapToTernary(data, quantizer, { scale, channelOf: channelIndex(shape, channelAxis) });
  return { name, shape, data, scale: { shape: scaleShape, data: scale } };
}

/** The graph's Quant node rounds at half a step; a ternary quantiser with another threshold is applied here. */
function snapToTernary(
  data: Float32Array,
  { ternaryThreshold = 0 }: QuantizerSpec,
  { scale, channelOf }: { readonly scale: Float32Array; readonly channelOf: (index: number) => number },
): void {
  for (let index = 0; index < data.length; index++) {
    const value = data[index] ?? 0;
    const step = scale[channelOf(index)] ?? 1;
    data[index] = Math.abs(value) > ternaryThreshold * step ? Math.sign(value) * step : 0;
  }
}
