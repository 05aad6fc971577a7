/** The results of a sweep as plain data: what all its reports show. */
import path from "node:path";
import type { RowView, SweepView } from "../folder/sweep-view.js";
import { rowFolder } from "../folder/files.js";
import type { StageMeasure } from "../events.js";
import type { Measured, RowParameters } from "../rows.js";
import { paretoFront } from "./pareto.js";

export interface ResultStage {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly epochs: number;
  readonly epochsDone: number;
  /** Of the job that did it; 0 where the result was there already. */
  readonly seconds?: number;
  readonly measured?: StageMeasure;
}

export interface ResultRow extends Partial<Measured> {
  readonly row: number;
  readonly line?: number;
  readonly parameters: RowParameters;
  readonly state: RowView["state"];
  readonly pareto: boolean;
  readonly message?: string;
  readonly stages: readonly ResultStage[];
  /** Of a row that is done, relative to the sweep's folder. */
  readonly folder?: string;
}

/** The document `results.json`. */
export interface SweepResults {
  readonly schema: 1;
  readonly model: string;
  readonly sampler: string;
  readonly status: SweepView["status"];
  /** Rows in all, where that is known before they are over. */
  readonly total?: number;
  /** What is good and what is bad. */
  readonly objectives: readonly { readonly name: "accuracy" | "score"; readonly better: "higher" | "lower" }[];
  /** Names of all parameters that rows set. */
  readonly parameters: readonly string[];
  readonly rows: readonly ResultRow[];
}

export function resultsOf(view: SweepView): SweepResults {
  const rows = [...view.rows.values()].sort((a, b) => a.row - b.row);
  const front = new Set(paretoFront(rows));
  return {
    schema: 1,
    model: view.model,
    sampler: view.sampler,
    status: view.status,
    ...(view.total !== undefined && { total: view.total }),
    objectives: [
      { name: "accuracy", better: "higher" },
      { name: "score", better: "lower" },
    ],
    parameters: [...new Set(rows.flatMap(({ parameters }) => Object.keys(parameters)))],
    rows: rows.map((row) => resultRow(row, front.has(row))),
  };
}

function resultRow({ row, line, parameters, state, result, message, stages }: RowView, pareto: boolean): ResultRow {
  return {
    row,
    ...(line !== undefined && { line }),
    parameters,
    state,
    pareto,
    ...result,
    ...(message !== undefined && { message }),
    stages: stages.map(({ plan, state: stage, epochsDone, seconds, measured }) => ({
      name: plan.name,
      kind: plan.kind,
      state: stage,
      epochs: plan.epochs,
      epochsDone,
      ...(seconds !== undefined && { seconds }),
      ...(measured && { measured }),
    })),
    ...(state === "done" && { folder: path.posix.join("rows", path.basename(rowFolder("", row))) }),
  };
}
