/** The columns of a sweep's tables: the parameters, then what the row came to. */
import type { ParameterValue } from "../../../shared/dsl/plain-values.js";
import { formatCount, formatShare } from "../../../shared/format.js";
import { formatPreciseScore } from "../../output/scores.js";
import type { Column } from "../../output/table.js";
import { formatAccuracy } from "../../train/run/terminal.js";
import type { Measured } from "../rows.js";
import type { ResultRow, SweepResults } from "./results.js";

/** What a cell of a table may hold; a list is written with commas. */
export type CellValue = string | number | boolean | undefined;

export interface ResultColumn {
  readonly title: string;
  readonly cell: (row: ResultRow) => CellValue;
}

export function resultColumns({ parameters }: Pick<SweepResults, "parameters">): readonly ResultColumn[] {
  return [
    { title: "row", cell: ({ row }) => row },
    ...parameters.map((name) => ({ title: name, cell: (row: ResultRow) => cellOf(row.parameters[name]) })),
    ...measuredColumns,
    { title: "message", cell: ({ message }) => message },
  ];
}

/** What a row came to. */
export const measuredColumns: readonly ResultColumn[] = [
  { title: "state", cell: ({ state }) => state },
  { title: "accuracy", cell: ({ accuracy }) => accuracy },
  { title: "score", cell: ({ score }) => score },
  { title: "bops", cell: ({ bops }) => bops },
  { title: "mem_w_bits", cell: ({ memWBits }) => memWBits },
  { title: "density", cell: ({ density }) => density },
  { title: "pareto", cell: ({ pareto, state }) => (state === "done" ? pareto : undefined) },
];

/** For people: the row's number, the parameters in which rows differ, and what `measuredOf` says that the row came to. */
export function shownColumns<Row extends Pick<ResultRow, "row" | "parameters">>(
  varied: readonly string[],
  measuredOf: (row: Row) => Measured | undefined,
): readonly Column<Row>[] {
  const measured = (title: string, text: (measured: Measured) => string, spare?: number): Column<Row> => ({
    title,
    align: "right",
    ...(spare !== undefined && { spare }),
    cell(row) {
      const own = measuredOf(row);
      return own === undefined ? "" : text(own);
    },
  });
  return [
    { title: "row", align: "right", cell: ({ row }) => String(row) },
    ...varied.map((name): Column<Row> => ({
      title: name,
      align: "right",
      shorten: "end",
      cell: ({ parameters }) => String(cellOf(parameters[name]) ?? ""),
    })),
    measured("accuracy", ({ accuracy }) => formatAccuracy(accuracy)),
    measured("score", ({ score }) => formatPreciseScore(score)),
    measured("bit-ops", ({ bops }) => formatCount(bops), 3),
    measured("weight bits", ({ memWBits }) => formatCount(memWBits), 2),
    measured("density", ({ density }) => formatShare(density), 1),
  ];
}

export function cellOf(value: ParameterValue | undefined): CellValue {
  return typeof value === "object" ? value.join(", ") : value;
}
