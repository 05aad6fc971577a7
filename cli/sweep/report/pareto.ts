/** Which rows are worth a look: no other row is better in one respect and at least as good in the other. */
import type { Measured } from "../rows.js";

/** The rows on the front, from the cheapest to the most accurate. Of equal ones the first. */
export function paretoFront<Row extends { readonly result?: Measured }>(rows: readonly Row[]): readonly Row[] {
  const measured = rows.flatMap((row) => (row.result === undefined ? [] : [{ row, result: row.result }]));
  const ordered = measured.toSorted((a, b) => a.result.score - b.result.score || b.result.accuracy - a.result.accuracy);
  const front: Row[] = [];
  let best = -Infinity;
  for (const { row, result } of ordered) {
    if (result.accuracy <= best) continue;
    best = result.accuracy;
    front.push(row);
  }
  return front;
}
