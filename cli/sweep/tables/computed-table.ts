/** The table with its results: `<name>_computed.ods`, with its own columns and cells. */
import { existsSync } from "node:fs";
import path from "node:path";
import { writeFileAtomic } from "../../output/atomic-file.js";
import { measuredColumns, type CellValue } from "../report/columns.js";
import type { SweepResults } from "../report/results.js";
import { isResultTitle, resultCell, type CostBaseline } from "./result-columns.js";
import type { SheetCell } from "./sheet.js";
import { readTable } from "./table-file.js";
import { odsBytes } from "./write-ods.js";

/** Where the results of a table are to be: beside it, `_computed`, or `_computed_1` and so on when that exists. */
export function computedFile(table: string): string {
  const base = path.join(path.dirname(table), path.basename(table, path.extname(table)));
  let file = `${base}_computed.ods`;
  for (let number = 1; existsSync(file); number++) file = `${base}_computed_${number}.ods`;
  return file;
}

export interface ComputedTable {
  /** The table as it was when the sweep began. */
  readonly copy: string;
  readonly computed: string;
  readonly baseline: CostBaseline;
}

/** Writes the table with what its rows came to. A table without columns for results gets ours at its end. */
export function writeComputedTable({ copy, computed, baseline }: ComputedTable, { rows }: SweepResults): void {
  const { titles, lines } = readTable(copy);
  const results = new Map(rows.map((row) => [row.line, row]));
  const added = titles.some(isResultTitle) ? [] : [...measuredColumns.map(({ title }) => title), "message"];
  const all = [...titles, ...added];
  const table = lines.map(({ line, cells }) => {
    const row = results.get(line);
    return all.map((title, position) => {
      const result = row && resultCell(title)?.(row, baseline);
      return result ?? valueOf(cells[position]);
    });
  });
  writeFileAtomic(computed, odsBytes([all, ...table]));
}

/** Lists stay texts, whatever they look like. */
function valueOf(cell: SheetCell | undefined): CellValue {
  return cell?.number ?? cell?.text;
}
