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

/** A network as it computes in evaluation. */
export interface EvaluatedNetwork {
  readonly program: TrainProgram;
  /** By name, all of the program's; weights of convolutions and matrix products with their pruned elements 0. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** By quantiser name, see `evaluationScales`. */
  readonly scales: ReadonlyMap<string, Float32Array>;
  /** The weights of convolutions and matrix products with their quantisers' scales. */
  readonly weights: WeightSet;
}

/**
 * What training made of a network, worked out once.
 * @param ownsValues the values belong to the caller, who needs them no longer as they are: pruned elements become 0 in
 *   the given arrays, of which no copy is made.
 */
export function evaluatedNetwork(
  trained: TrainedParameters,
  { source = "the trained weights", ownsValues = false } = {},
): EvaluatedNetwork {
  const { program, parameters } = trained;
  const scales = evaluationScales(program, parameters);
  const refs = new Map(program.ops.flatMap((op) => weightOf(op)).map((ref) => [ref.parameter, ref]));
  const entries = program.parameters.flatMap((spec) => {
    const ref = refs.get(spec.name);
    if (!ref) return [];
    const stored = parameters.get(spec.name) ?? new Float32Array(elementCount(spec.shape));
    const weight = { spec, data: ownsValues ? stored : stored.slice(), mask: trained.masks.get(spec.name) };
    return [weightEntry(weight, program.quantizers[ref.quantizer ?? -1], scales)];
  });
  const weights = new Map(entries.map(({ name, data }) => [name, data]));
  return { program, parameters: new Map([...parameters, ...weights]), scales, weights: { source, entries } };
}

/**
 * The weights of convolutions and matrix products with their quantisers' scales, pruned elements 0: for
 * `applyWeights` (shared/weights), so that the cost is that of the quantised, pruned network.
 */
export function programWeights(trained: TrainedParameters, source?: string): WeightSet {
  return evaluatedNetwork(trained, source === undefined ? {} : { source }).weights;
}

function weightOf(op: TrainProgram["ops"][number]): readonly WeightRef[] {
  return op.kind === "conv" || op.kind === "linear" ? [op.weight] : [];
}

/** Entries whose values are floats. */
type FloatEntry = WeightEntry & { readonly data: Float32Array };

interface StoredWeight {
  readonly spec: ParameterSpec;
  /** Changed. */
  readonly data: Float32Array;
  readonly mask: Uint8Array | undefined;
}

function weightEntry(
  { spec: { name, shape }, data, mask }: StoredWeight,
  quantizer: QuantizerSpec | undefined,
  scales: ReadonlyMap<string, Float32Array>,
): FloatEntry {
  if (mask) for (let index = 0; index < data.length; index++) if (mask[index] === 0) data[index] = 0;
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
