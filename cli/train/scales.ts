/** Scales that quantisers have in evaluation, from the parameters alone. */
import { elementCount, type Shape } from "../../shared/graph/graph.js";
import type { ParameterSpec, QuantizerId, TrainProgram } from "./program.js";
import { scaleOfThreshold } from "./quantizer-range.js";

/** By quantiser name: one value, or one per channel. `parameters` must have all of the program's. */
export function evaluationScales(
  program: TrainProgram,
  parameters: ReadonlyMap<string, Float32Array>,
): ReadonlyMap<string, Float32Array> {
  const quantized = quantizedParameters(program);
  const scales: Float32Array[] = [];
  // A quantiser whose scale comes from others stands behind them.
  program.quantizers.forEach((_, id) => {
    scales.push(scaleOf(program, id, { parameters, stored: quantized.get(id), scales }));
  });
  return new Map(program.quantizers.map(({ name }, id) => [name, scales[id] ?? new Float32Array(0)]));
}

/**
 * Largest magnitude, over all values or per slice of `channelAxis`.
 * @param shape of `values`
 */
export function magnitudes(values: Float32Array, shape: Shape, channelAxis: number | undefined): Float32Array {
  const channelOf = channelIndex(shape, channelAxis);
  const largest = new Float32Array(channelAxis === undefined ? 1 : (shape[channelAxis] ?? 1));
  for (let index = 0; index < values.length; index++) {
    const channel = channelOf(index);
    const magnitude = Math.abs(values[index] ?? 0);
    // Written so that NaN stays: it must become a loss that is no number, not a scale.
    if (!(magnitude <= (largest[channel] ?? 0))) largest[channel] = magnitude;
  }
  return largest;
}

/** Which scale the element at an index has: its place along the axis, 0 without one. */
export function channelIndex(shape: Shape, channelAxis: number | undefined): (index: number) => number {
  if (channelAxis === undefined) return () => 0;
  const channels = shape[channelAxis] ?? 1;
  const inner = elementCount(shape.slice(channelAxis + 1));
  return (index) => Math.floor(index / inner) % channels;
}

/** The stored tensor that each weight or bias quantiser is for. */
export function quantizedParameters(program: TrainProgram): ReadonlyMap<QuantizerId, ParameterSpec> {
  const specs = new Map(program.parameters.map((spec) => [spec.name, spec]));
  const found = new Map<QuantizerId, ParameterSpec>();
  for (const op of program.ops) {
    if (op.kind !== "conv" && op.kind !== "linear") continue;
    for (const ref of [op.weight, op.bias]) {
      const spec = ref && specs.get(ref.parameter);
      if (spec && ref.quantizer !== undefined) found.set(ref.quantizer, spec);
    }
  }
  return found;
}

interface ScaleContext {
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly stored: ParameterSpec | undefined;
  /** Of the quantisers before. */
  readonly scales: readonly Float32Array[];
}

function scaleOf(program: TrainProgram, id: QuantizerId, { parameters, stored, scales }: ScaleContext): Float32Array {
  const spec = program.quantizers[id];
  if (!spec) throw new Error(`There is no quantiser ${id}`);
  const { scale: source, channelAxis } = spec;
  const none = new Float32Array(1);
  switch (source.kind) {
    case "const":
      return Float32Array.from(source.values);
    case "stats": {
      if (!stored) throw new Error(`The quantiser ${spec.name} has no stored tensor`);
      const largest = magnitudes(parameters.get(stored.name) ?? none, stored.shape, channelAxis);
      return largest.map((threshold) => scaleOfThreshold(spec, threshold));
    }
    case "learned":
      return (parameters.get(source.parameter) ?? none).map((value) => scaleOfThreshold(spec, Math.abs(value)));
    case "product": {
      const [input = 1] = scales[source.input] ?? none;
      return (scales[source.weight] ?? none).map((scale) => scale * input);
    }
    case "shared":
      return scales[source.quantizer] ?? none;
  }
}
