/** Quantisers of weights and biases. These are few, so they run on the host, in float32 as on a device. */
import type { Shape } from "../../../shared/graph/graph.js";
import { roundHalfToEven } from "../../../shared/graph/values/rounding.js";
import type { QuantizerSpec } from "../program.js";
import { quantizerRange } from "../quantizer-range.js";
import { channelIndex } from "../scales.js";

export interface StoredQuantization {
  readonly values: Float32Array;
  /** From the gradient of `values` to that of what was quantised and, added to `scaleGradient`, to that of each scale. */
  readonly backward: (gradient: Float32Array, scaleGradient: Float64Array) => Float64Array;
}

const roundings: Readonly<Record<QuantizerSpec["rounding"], (x: number) => number>> = {
  round: roundHalfToEven,
  floor: Math.floor,
  ceil: Math.ceil,
  roundToZero: Math.trunc,
};

/** What becomes of one number, and how it depends on the number and on the scale. */
interface Code {
  /** In units of the scale. */
  readonly q: number;
  /** Of the output with respect to the input. */
  readonly slope: number;
  /** Of the output with respect to the scale. */
  readonly scaleSlope: number;
}

/** Quantises stored values (see `QuantizerSpec`). `scale`: one value, or one per channel of `shape`. */
export function quantizeStored(
  spec: QuantizerSpec,
  stored: Float32Array,
  { shape, scale, rounding }: { readonly shape: Shape; readonly scale: Float32Array; readonly rounding: boolean },
): StoredQuantization {
  const channelOf = channelIndex(shape, spec.channelAxis);
  const code = coder(spec, rounding);
  const scaleAt = (index: number) => scale[channelOf(index)] ?? 1;
  const values = stored.map((x, index) => code(x, scaleAt(index)).q * scaleAt(index));
  const backward = (gradient: Float32Array, scaleGradient: Float64Array) =>
    Float64Array.from(stored, (x, index) => {
      const { slope, scaleSlope } = code(x, scaleAt(index));
      const g = gradient[index] ?? 0;
      const channel = channelOf(index);
      scaleGradient[channel] = (scaleGradient[channel] ?? 0) + g * scaleSlope;
      return g * slope;
    });
  return { values, backward };
}

function coder(spec: QuantizerSpec, rounding: boolean): (x: number, scale: number) => Code {
  switch (spec.kind) {
    case "binary":
      return (x, scale) => {
        const q = x >= 0 ? 1 : -1;
        return { q, slope: scale, scaleSlope: q };
      };
    case "ternary":
      return (x, scale) => {
        const q = Math.abs(x) > Math.fround((spec.ternaryThreshold ?? 0) * scale) ? Math.sign(x) : 0;
        return { q, slope: q === 0 ? 0 : scale, scaleSlope: q };
      };
    case "int":
      return clampingCoder(spec, rounding ? roundings[spec.rounding] : (c) => c);
    case "levels":
      return clampingCoder(spec, rounding ? nearestOf(spec.levels ?? [0]) : (c) => c);
    case "trunc":
      throw new Error(`${spec.name} truncates sums, which no stored tensor is`);
  }
}

function clampingCoder(spec: QuantizerSpec, round: (clamped: number) => number): (x: number, scale: number) => Code {
  const { min, max } = quantizerRange(spec);
  const { zeroPoint, role } = spec;
  return (x, scale) => {
    const t = Math.fround(x / scale);
    const shifted = Math.fround(t + zeroPoint);
    const clamped = shifted < min ? min : Math.min(shifted, max);
    const q = round(clamped) - zeroPoint;
    // Brevitas clamps weights with a straight-through gradient, biases without.
    const passes = role === "weight" || clamped === shifted;
    return { q, slope: Number(passes), scaleSlope: passes ? q - t : q };
  };
}

/** The nearest of ascending levels, the lower of two. */
function nearestOf(levels: readonly number[]): (x: number) => number {
  return (x) => {
    let nearest = levels[0] ?? 0;
    for (const level of levels) if (Math.abs(level - x) < Math.abs(nearest - x)) nearest = level;
    return nearest;
  };
}
