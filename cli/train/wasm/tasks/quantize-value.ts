/** One element through a quantiser, and its gradients: the definition in `QuantizerSpec`, for weights and biases. */
import { quantizerRange } from "../../quantizer-range.js";
import type { QuantizerSpec } from "../../program.js";

/** A quantiser that is ready to be applied to many elements. */
export interface ValueQuantizer {
  readonly spec: QuantizerSpec;
  readonly min: number;
  readonly max: number;
  /** False: scaled and clamped only. */
  readonly rounding: boolean;
}

export function valueQuantizer(spec: QuantizerSpec, rounding: boolean): ValueQuantizer {
  return { spec, ...quantizerRange(spec), rounding };
}

/** The code `q`, without the zero point: the element becomes `q * scale`. */
export function codeOf({ spec, min, max, rounding }: ValueQuantizer, x: number, scale: number): number {
  const t = Math.fround(x / scale);
  switch (spec.kind) {
    case "int": {
      const v = clamp(Math.fround(t + spec.zeroPoint), min, max);
      return (rounding ? roundTo(v, spec.rounding) : v) - spec.zeroPoint;
    }
    case "binary":
      return t >= 0 ? 1 : -1;
    case "ternary":
      return Math.abs(t) > (spec.ternaryThreshold ?? 0) ? Math.sign(t) : 0;
    case "levels":
      return rounding ? nearestLevel(spec.levels ?? [0], t) : clamp(t, min, max);
    case "trunc": {
      const divisor = 2 ** (spec.truncatedBits ?? 0);
      return rounding ? Math.floor(roundHalfEven(t) / divisor) : t / divisor;
    }
  }
}

/**
 * What passes back through an element: `toValue` times the gradient goes to x, `toScale` times the gradient to the scale.
 * @param code what `codeOf` gave for the same element
 */
export function slopesOf(
  { spec, min, max }: ValueQuantizer,
  x: number,
  scale: number,
  code: number,
): { readonly toValue: number; readonly toScale: number } {
  const t = Math.fround(x / scale);
  switch (spec.kind) {
    case "int":
    case "levels": {
      const v = t + (spec.kind === "int" ? spec.zeroPoint : 0);
      const passes = spec.role === "weight" || (v >= min && v <= max);
      return { toValue: Number(passes), toScale: passes ? code - t : code };
    }
    case "binary": {
      const passes = spec.role === "weight" || Math.abs(t) <= 1;
      return { toValue: passes ? scale : 0, toScale: code };
    }
    case "ternary":
      return { toValue: code === 0 ? 0 : scale, toScale: code };
    case "trunc": {
      const factor = 2 ** -(spec.truncatedBits ?? 0);
      return { toValue: factor, toScale: code - t * factor };
    }
  }
}

function clamp(value: number, min: number, max: number): number {
  return value < min ? min : value > max ? max : value;
}

function roundTo(value: number, mode: QuantizerSpec["rounding"]): number {
  switch (mode) {
    case "round":
      return roundHalfEven(value);
    case "floor":
      return Math.floor(value);
    case "ceil":
      return Math.ceil(value);
    case "roundToZero":
      return Math.trunc(value);
  }
}

function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

/** The level nearest to a value, the lower of two; levels ascend. */
function nearestLevel(levels: readonly number[], value: number): number {
  let best = levels[0] ?? 0;
  for (const level of levels) if (Math.abs(level - value) < Math.abs(best - value)) best = level;
  return best;
}
