/** Scores with the digits that submissions are ranked by. */

/** Five significant digits, as the challenge publishes them: `0.016211`, `1.4155`. */
export function formatPreciseScore(score: number): string {
  return String(Number(score.toPrecision(5)));
}

/** A signed difference, to the same precision: `−0.004536`. */
export function formatScoreDifference(difference: number): string {
  if (difference === 0) return "±0";
  return `${difference < 0 ? "\u2212" : "+"}${formatPreciseScore(Math.abs(difference))}`;
}
