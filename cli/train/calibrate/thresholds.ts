/** From how often magnitudes occur to the threshold of a quantiser. */
import type { QuantizerSpec } from "../program.js";
import { quantizerRange, scaleOfThreshold } from "../quantizer-range.js";

export const calibrationMethods = ["max", "percentile", "mse"] as const;
export type CalibrationMethod = (typeof calibrationMethods)[number];

/** Counts of magnitudes in equal parts of 0 to `largest`. */
export interface Histogram {
  readonly largest: number;
  readonly counts: Float64Array;
}

const bins = 2048;
/** Thresholds that are tried for the least error. */
const candidates = 128;

export function newHistogram(largest: number): Histogram {
  return { largest, counts: new Float64Array(bins) };
}

export function count({ largest, counts }: Histogram, magnitude: number): void {
  const bin = largest === 0 ? 0 : Math.min(bins - 1, Math.floor((magnitude / largest) * bins));
  counts[bin] = (counts[bin] ?? 0) + 1;
}

/**
 * The threshold of a quantiser for values of these magnitudes. `max`: nothing is clipped; `percentile`: the quantiser's own
 * share (Brevitas: 99.999 %) is not clipped; `mse`: the squared error of the quantised values is least.
 */
export function thresholdOf(method: CalibrationMethod, spec: QuantizerSpec, histogram: Histogram): number {
  switch (method) {
    case "max":
      return histogram.largest;
    case "percentile":
      return spec.scale.kind === "learned" ? percentile(histogram, spec.scale.percentile) : histogram.largest;
    case "mse":
      return spec.kind === "int" ? leastError(spec, histogram) : histogram.largest;
  }
}

function percentile({ largest, counts }: Histogram, share: number): number {
  const wanted = (counts.reduce((sum, value) => sum + value, 0) * share) / 100;
  let seen = 0;
  const bin = counts.findIndex((value) => (seen += value) >= wanted);
  return bin < 0 ? largest : (largest * (bin + 1)) / bins;
}

function leastError(spec: QuantizerSpec, { largest, counts }: Histogram): number {
  const { max } = quantizerRange(spec);
  let best = largest;
  let least = Infinity;
  for (let candidate = candidates; candidate > 0; candidate--) {
    const threshold = (largest * candidate) / candidates;
    const scale = scaleOfThreshold(spec, threshold);
    let error = 0;
    for (let bin = 0; bin < bins; bin++) {
      const magnitude = (largest * (bin + 0.5)) / bins;
      error += (counts[bin] ?? 0) * (magnitude - Math.min(Math.round(magnitude / scale), max) * scale) ** 2;
    }
    // Of equal errors the larger threshold wins: it clips less of what was not seen.
    if (error < least) {
      least = error;
      best = threshold;
    }
  }
  return best;
}
