/** A table of experiments: the names of its columns, and its lines. */
import path from "node:path";
import { CliError } from "../../errors.js";
import { readInput } from "../../input/files.js";
import { shownPath } from "../../output/paths.js";
import { readCsv } from "./csv.js";
import { readOds } from "./ods.js";
import type { Sheet, SheetLine } from "./sheet.js";
import { readXlsx } from "./xlsx.js";

export interface TableFile {
  readonly file: string;
  /** By position; empty ones have no name. */
  readonly titles: readonly string[];
  readonly lines: readonly { readonly line: number; readonly cells: SheetLine }[];
}

const readers: Readonly<Record<string, (file: string, bytes: Uint8Array) => Sheet>> = {
  ".csv": readCsv,
  ".ods": readOds,
  ".xlsx": readXlsx,
};

/** Tables of experiments are written by hand. */
const mostBytes = 64 * 1024 * 1024;

/** True for a file that is a table by its name. */
export function isTable(file: string): boolean {
  return path.extname(file).toLowerCase() in readers;
}

/** Reads a table; its first line that is not empty names the columns. Throws a `CliError`. */
export function readTable(file: string): TableFile {
  const read = readers[path.extname(file).toLowerCase()];
  if (read === undefined)
    throw new CliError(`${file} is no table: its name must end with ${Object.keys(readers).join(", ")}.`);
  const shown = shownPath(path.resolve(file));
  const [header, ...lines] = [...read(shown, readInput(file, mostBytes))].sort(([a], [b]) => a - b);
  if (header === undefined) throw new CliError(`${shown} is empty: its first line must name the columns.`);
  const titles = Array.from(header[1], (cell) => cell?.text ?? "");
  const double = titles.find((title, index) => title !== "" && titles.indexOf(title) !== index);
  if (double !== undefined) throw new CliError(`${shown} has two columns "${double}": rename one of them.`);
  if (lines.length === 0) throw new CliError(`${shown} has no rows below its titles: add a line for each experiment.`);
  return { file: shown, titles, lines: lines.map(([line, cells]) => ({ line, cells })) };
}
