/** Tables of numbers in text: a line per sample, commas between the numbers. They are kept in memory. */
import { open } from "node:fs/promises";
import { CliError } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import { beginsWithWord, doubtOf, isOrdered } from "./csv-header.js";
import { withFile, type Table } from "./table.js";

/**
 * Reads a table. `header`: whether its first line has names of columns; absent: the line tells. Throws a `CliError` that
 * names the line.
 */
export async function openCsv(file: string, header?: boolean): Promise<Table> {
  const shown = shownPath(file);
  const values = await withFile(file, () => readNumbers(file, shown, header));
  const { columns } = values;
  const numbers = values.numbers.subarray(0, values.rows * columns);
  return {
    file: shown,
    rows: values.rows,
    rowShape: [columns],
    reader: {
      sampleLength: columns,
      read: (wanted, into) => {
        wanted.forEach((row, at) => {
          into.set(numbers.subarray(row * columns, (row + 1) * columns), at * columns);
        });
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    },
  };
}

interface Numbers {
  numbers: Float32Array;
  rows: number;
  columns: number;
}

async function readNumbers(file: string, shown: string, header: boolean | undefined): Promise<Numbers> {
  const table: Numbers = { numbers: new Float32Array(1024), rows: 0, columns: 0 };
  const handle = await open(file, "r");
  let line = 0;
  let first: readonly string[] | undefined;
  let isOnlyOrdered = true;
  for await (const text of handle.readLines()) {
    line++;
    if (text.trim() === "") continue;
    const cells = text.split(",");
    if (first === undefined) {
      first = cells;
      if (header ?? beginsWithWord(cells)) continue;
    }
    addRow(table, cells, `${shown}: line ${line}`);
    if (cells !== first) isOnlyOrdered &&= !isOrdered(lastRow(table));
  }
  if (first === undefined || table.rows === 0)
    throw new CliError(`${shown} has no rows, expected a line of numbers per sample.`);
  const doubt = header === undefined ? doubtOf(first, isOnlyOrdered) : undefined;
  if (doubt === undefined) return table;
  throw new CliError(
    `${shown}: the first line ${doubt}: remove it (pandas: header=False), or say in the model file whether it is such a line by csvFolder({ header: true }) or csvFolder({ header: false }).`,
  );
}

function lastRow({ numbers, rows, columns }: Numbers): Float32Array {
  return numbers.subarray((rows - 1) * columns, rows * columns);
}

function addRow(table: Numbers, cells: readonly string[], place: string): void {
  if (table.rows === 0) table.columns = cells.length;
  if (cells.length !== table.columns) {
    throw new CliError(`${place} has ${cells.length} cells, expected ${table.columns} as in the lines before.`);
  }
  const start = table.rows * table.columns;
  if (start + table.columns > table.numbers.length) {
    const larger = new Float32Array(2 * (start + table.columns));
    larger.set(table.numbers);
    table.numbers = larger;
  }
  cells.forEach((cell, column) => {
    const value = numberOf(cell);
    // What float32 does not hold would become infinite.
    if (!Number.isFinite(Math.fround(value))) {
      throw new CliError(`${place} has "${cell.trim()}" in column ${column + 1}, expected a finite number of 32 bits.`);
    }
    table.numbers[start + column] = value;
  });
  table.rows++;
}

function numberOf(cell: string): number {
  const text = cell.trim();
  return text === "" ? Number.NaN : Number(text);
}
