/** The rows on the Pareto front as a table for the terminal. */
import { formatCount, formatShare } from "../../../shared/format.js";
import { formatPreciseScore } from "../../output/scores.js";
import { table, type Column } from "../../output/table.js";
import { formatAccuracy } from "../../train/run/terminal.js";
import type { RowView, SweepView } from "../folder/sweep-view.js";
import { cellOf } from "./columns.js";
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
  const rows = bestRows(view, filter);
  const measured = (title: string, cell: (result: NonNullable<RowView["result"]>) => string): Column<RowView> => ({
    title,
    align: "right",
    cell: ({ result }) => (result === undefined ? "" : cell(result)),
  });
  const columns: readonly Column<RowView>[] = [
    { title: "row", align: "right", cell: ({ row }) => String(row) },
    ...view.varied.map((name): Column<RowView> => ({
      title: name,
      align: "right",
      cell: ({ parameters }) => String(cellOf(parameters[name]) ?? ""),
    })),
    measured("accuracy", ({ accuracy }) => formatAccuracy(accuracy)),
    measured("score", ({ score }) => formatPreciseScore(score)),
    measured("bit-ops", ({ bops }) => formatCount(bops)),
    measured("weight bits", ({ memWBits }) => formatCount(memWBits)),
    measured("density", ({ density }) => formatShare(density)),
  ];
  return table(columns, rows).join("\n");
}
