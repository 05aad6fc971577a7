/** The columns of a table that a sweep fills: those of the challenge winner's scripts, and our own. */
import { measuredColumns, type CellValue } from "../report/columns.js";
import type { ResultRow } from "../report/results.js";

/** Costs are told as shares of a baseline's. */
export interface CostBaseline {
  readonly bops: number;
  readonly memWBits: number;
}

type ResultCell = (row: ResultRow, baseline: CostBaseline) => CellValue;

/**
 * A column of the winner's spreadsheet: the first stage's have no ending, those of the first pruning end with `_final` (or
 * `_after_prune`), those of the n-th with its number behind it. Accuracies are the highest of all epochs, as recorded there.
 * Source: `run_config.ods` of ITU-ML5G-PS-007-BacalhauNet.
 */
const winnersTitle = /^(test_accuracy|inference_cost(?:_bops|_wbits)?)(?:_(final|after_prune)(\d*))?$/;

function winnersCell(title: string): ResultCell | undefined {
  const [, what, ending, number = ""] = winnersTitle.exec(title) ?? [];
  if (what === undefined || (ending === "after_prune" && what !== "test_accuracy")) return undefined;
  const stage = ending === undefined ? 0 : Number(number === "" ? 1 : number);
  return ({ stages }, baseline) => {
    const measured = stages[stage]?.measured;
    if (measured === undefined) return undefined;
    switch (what) {
      case "test_accuracy":
        return ending === "after_prune" ? measured.pruned : measured.best;
      case "inference_cost_bops":
        return measured.bops / baseline.bops;
      case "inference_cost_wbits":
        return measured.memWBits / baseline.memWBits;
      default:
        return measured.score;
    }
  };
}

const ownCells: Readonly<Record<string, ResultCell>> = {
  notes: ({ message }) => message,
  message: ({ message }) => message,
  ...Object.fromEntries(measuredColumns.map(({ title, cell }) => [title, cell])),
};

/** What a column is filled with; `undefined` for one that is none of ours. */
export function resultCell(title: string): ResultCell | undefined {
  return Object.hasOwn(ownCells, title) ? ownCells[title] : winnersCell(title);
}

export function isResultTitle(title: string): boolean {
  return resultCell(title) !== undefined;
}
