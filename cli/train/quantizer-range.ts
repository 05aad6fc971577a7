/** Integers of a quantiser and how its threshold becomes its scale. */
import type { QuantizerSpec } from "./program.js";

/** Least and greatest `q` of a quantiser; for `levels` the first and last level. */
export function quantizerRange(spec: QuantizerSpec): { readonly min: number; readonly max: number } {
  const { kind, bits, signed, narrow, levels = [0] } = spec;
  switch (kind) {
    case "binary":
    case "ternary":
      return { min: -1, max: 1 };
    case "levels":
      return { min: levels[0] ?? 0, max: levels.at(-1) ?? 0 };
    case "int":
    case "trunc":
      return signed
        ? { min: -(2 ** (bits - 1)) + Number(narrow), max: 2 ** (bits - 1) - 1 }
        : { min: 0, max: 2 ** bits - 1 - Number(narrow) };
  }
}

/** The integer that the threshold stands for: `-minInt` signed, `maxInt` unsigned (Brevitas 0.6, core/function_wrapper). */
export function integerThreshold(spec: QuantizerSpec): number {
  const { min, max } = quantizerRange(spec);
  if (spec.kind === "levels") return Math.max(-min, max);
  return spec.signed ? -min : max;
}

/** The scale that belongs to a threshold, in float32; 1 where it would be 0. */
export function scaleOfThreshold(spec: QuantizerSpec, threshold: number): number {
  const scale = Math.fround(Math.fround(threshold) / integerThreshold(spec));
  if (scale === 0) return 1;
  return spec.powerOfTwo ? powerOfTwoAbove(scale) : scale;
}

/**
 * Which of `count` magnitudes in ascending order is the percentile, from 1: `floor(0.01 * percentile * count + 0.5)`
 * (Brevitas 0.6, AbsPercentile), within 1 and `count`.
 */
export function percentileRank(percentile: number, count: number): number {
  return Math.min(Math.max(Math.floor(0.01 * percentile * count + 0.5), 1), count);
}

const trackMomentum = Math.fround(0.1);
const trackDecay = Math.fround(0.9);

/** The learned parameter after a call that collected `statistic`, in Brevitas's float32 steps; `calls`: those before. */
export function trackStatistic(parameter: number, statistic: number, calls: number): number {
  if (calls === 0) return Math.fround(parameter * statistic);
  return Math.fround(Math.fround(parameter * trackDecay) + Math.fround(statistic * trackMomentum));
}

/** The least power of two that is not below a positive float32. */
function powerOfTwoAbove(value: number): number {
  if (!Number.isFinite(value)) return value;
  const estimate = 2 ** Math.ceil(Math.log2(value));
  // The logarithm of a number just above a power of two may round to a whole number.
  if (estimate < value) return estimate * 2;
  return estimate / 2 >= value ? estimate / 2 : estimate;
}
