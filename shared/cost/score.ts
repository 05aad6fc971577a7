/** The challenge's score: bit-operations and weight bits, each against a baseline. Lower is better. */
import type { Baseline } from "./types.js";

/**
 * `bopsWeight * bops / baseline.bops + memWWeight * memWBits / baseline.memWBits`; 1 for the baseline itself.
 * Source: the rules of ITU-ML5G-PS-007, as the winning team's README repeats them.
 */
export function score(totals: { readonly bops: number; readonly memWBits: number }, baseline: Baseline): number {
  return (
    (baseline.bopsWeight * totals.bops) / baseline.bops + (baseline.memWWeight * totals.memWBits) / baseline.memWBits
  );
}
