/** A table as it was read from a file: text cells in lines. */
import { CliError } from "../../errors.js";

export interface SheetCell {
  /** As the spreadsheet shows it. */
  readonly text: string;
  /** Of a cell that holds a number. */
  readonly number?: number;
}

export type SheetLine = readonly (SheetCell | undefined)[];

/** Lines by their number, which spreadsheets count from 1; empty ones are left out. */
export type Sheet = ReadonlyMap<number, SheetLine>;

/** What a table may consist of: more is no table of experiments, or a file that wants to fill the memory. */
const limits = { columns: 1024, lines: 100_000, cells: 2_000_000, text: 32_767 };

/** Collects cells as they are read; throws a `CliError` when they become too many. */
export class SheetBuilder {
  private readonly lines = new Map<number, SheetLine>();
  private cells = 0;

  constructor(private readonly file: string) {}

  /** Adds cells of one line. Empty ones at its end are left out. */
  add(number: number, cells: readonly (SheetCell | undefined)[]): void {
    const length = cells.findLastIndex((cell) => cell !== undefined && cell.text !== "") + 1;
    if (length === 0) return;
    this.cells += length;
    if (length > limits.columns) throw this.tooLarge(`more than ${limits.columns} columns`);
    if (this.lines.size >= limits.lines) throw this.tooLarge(`more than ${limits.lines} lines`);
    if (this.cells > limits.cells) throw this.tooLarge(`more than ${limits.cells} cells`);
    if (cells.some((cell) => cell !== undefined && cell.text.length > limits.text)) {
      throw this.tooLarge(`a cell of more than ${limits.text} characters`);
    }
    this.lines.set(number, cells.slice(0, length));
  }

  /** Adds a line several times, as spreadsheets write lines that are equal. */
  repeat(number: number, count: number, cells: readonly (SheetCell | undefined)[]): void {
    if (!cells.some((cell) => cell !== undefined && cell.text !== "")) return;
    for (let at = 0; at < count; at++) this.add(number + at, cells);
  }

  get sheet(): Sheet {
    return this.lines;
  }

  private tooLarge(what: string): CliError {
    return new CliError(`${this.file} has ${what}, which no table of experiments has: is it the right file?`);
  }
}

/** Programs that write spreadsheets without computing them leave formulas without values. */
export function formulaProblem(file: string, line: number, position: number): CliError {
  return new CliError(
    `line ${line} of ${file} has a formula without a value in column ${letters(position)}: open the table in your spreadsheet program and save it.`,
  );
}

/** `AB` for the 28th column; positions count from 0. */
export function letters(position: number): string {
  const rest = Math.floor(position / 26);
  return (rest > 0 ? letters(rest - 1) : "") + String.fromCharCode(65 + (position % 26));
}

/** How many equal cells are taken: spreadsheets fill their lines with thousands of empty ones. */
export function repeatedCells(count: number, cell: SheetCell | undefined): readonly (SheetCell | undefined)[] {
  const isEmpty = cell === undefined || cell.text === "";
  return new Array<SheetCell | undefined>(Math.min(count, isEmpty ? limits.columns : limits.columns + 1)).fill(cell);
}

/** A whole number from 1 in an attribute of a file; 1 for anything else. */
export function countOf(text: string | undefined): number {
  const count = Number(text);
  return Number.isSafeInteger(count) && count >= 1 ? count : 1;
}
