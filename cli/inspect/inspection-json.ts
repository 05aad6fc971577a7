/** An inspection as a JSON document (docs/evaluation.md describes it). */
import type { Inspection } from "./inspect.js";

/** Plain data. A ratio that is infinite, because nothing is lost, is `null`. */
export function inspectionJson({
  samples,
  notFinite,
  weights,
  activations,
  accumulators,
  notes,
}: Inspection): Record<string, unknown> {
  return {
    samples,
    notFinite,
    weights: weights.map(withFiniteRatios),
    activations: activations.map(withFiniteRatios),
    accumulators,
    notes,
  };
}

function withFiniteRatios<T extends { readonly sqnr: number; readonly accumulatedSqnr?: number }>(quality: T) {
  const { sqnr, accumulatedSqnr } = quality;
  return {
    ...quality,
    sqnr: finiteOrNull(sqnr),
    ...(accumulatedSqnr !== undefined && { accumulatedSqnr: finiteOrNull(accumulatedSqnr) }),
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
