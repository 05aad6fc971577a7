/** The columns of a sweep's tables: the parameters, then what the row came to. */
import type { ParameterValue } from "../../../shared/dsl/plain-values.js";
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

export function cellOf(value: ParameterValue | undefined): CellValue {
  return typeof value === "object" ? value.join(", ") : value;
}
