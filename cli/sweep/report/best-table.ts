/** The rows on the Pareto front as a table for the terminal. */
import { table } from "../../output/table.js";
import type { RowView, SweepView } from "../folder/sweep-view.js";
import { shownColumns } from "./columns.js";
import { paretoFront } from "./pareto.js";

/** What rows must have to be shown. */
export interface BestFilter {
  readonly minAccuracy?: number;
  readonly maxScore?: number;
}

/** The rows on the front, from the cheapest to the most accurate. */
export function bestRows(
  { rows }: SweepView,
  { minAccuracy = 0, maxScore = Infinity }: BestFilter,
): readonly RowView[] {
  return paretoFront([...rows.values()]).filter(
    ({ result }) => result !== undefined && result.accuracy >= minAccuracy && result.score <= maxScore,
  );
}

export function bestTable(view: SweepView, filter: BestFilter = {}): string {
  const columns = shownColumns<RowView>(view.varied, ({ result }) => result);
  return table(columns, bestRows(view, filter)).join("\n");
}
