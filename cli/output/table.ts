/** Plain text tables, which fit the terminal that they are printed in. */
import { printable } from "../../shared/printable.js";
import { resultWidth } from "./streams.js";

export interface Column<Row> {
  readonly title: string;
  readonly align: "left" | "right";
  readonly cell: (row: Row) => string;
  /** Where the table is too wide the column with 1 is left out first, then that with 2, and so on; without it, none. */
  readonly spare?: number;
  /** Where it is still too wide: the part of long cells that is left out. */
  readonly shorten?: "middle" | "end";
}

export interface TableOptions {
  /** Characters of a line; by default those of the terminal that results go to, and no end elsewhere. */
  readonly width?: number;
}

/** Columns are left out rather than that names become shorter than this. */
const READABLE = 28;

/** What is left of a cell at the least, and then lines are cut. */
const SHORTEST = 8;

/** Cells that are longer stand out: names in hostile files may be megabytes long, and all others would be padded to that. */
const WIDEST = 200;

const GAP = "  ";
const ELLIPSIS = "…";

/**
 * Lays rows out under their titles, two spaces between columns, without trailing white space.
 * Columns in which every cell is empty are left out. No line is longer than the width: columns are left out in the order of
 * `spare`, of which an ellipsis behind the titles tells; cells are shortened where `shorten` allows it; at last lines are cut.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width = resultWidth() }: TableOptions = {},
): string[] {
  const filled = fill(columns, rows);
  const kept = leaveOut(filled, width);
  const isWhole = kept.length === filled.length;
  const room = roomFor(isWhole, width);
  const [titles, ...lines] = layOut(narrow(kept, room), room);
  if (titles === undefined) return [];
  return [isWhole ? titles : `${titles}${GAP}${ELLIPSIS}`, ...lines];
}

/**
 * Lays rows out as `table` does, but where the columns are too many for the width the rest of them follow below, each time
 * behind the first column and after an empty line. For matrices, of which no column can be spared.
 */
export function foldedTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { width = resultWidth() }: TableOptions = {},
): string[] {
  const [first, ...rest] = fill(columns, rows);
  if (first === undefined) return [];
  const groups: Filled<Row>[][] = [[first]];
  for (const column of rest) {
    const group = groups.at(-1) ?? [];
    if (group.length > 1 && widthOf([...group, column]) > width) groups.push([first, column]);
    else group.push(column);
  }
  return groups.flatMap((group, index) => [...(index > 0 ? [""] : []), ...layOut(narrow(group, width), width)]);
}

/** A column with its title and its cells, in the order of the rows. */
interface Filled<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly width: number;
}

function fill<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Filled<Row>[] {
  return columns.flatMap((column) => {
    const cells = rows.map((row) => printable(column.cell(row)));
    if (cells.every((cell) => cell === "")) return [];
    return [{ column, cells: [column.title, ...cells], width: widest([column.title, ...cells]) }];
  });
}

function widest(cells: readonly string[]): number {
  return cells.reduce((most, { length }) => Math.max(most, length), 0);
}

function widthOf<Row>(columns: readonly Filled<Row>[], shortest = Infinity): number {
  const widths = columns.map(({ column, width }) => (column.shorten ? Math.min(width, shortest) : width));
  return widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1));
}

/** The columns without those that must go for the others to be readable. */
function leaveOut<Row>(columns: readonly Filled<Row>[], width: number): readonly Filled<Row>[] {
  const spare = columns.filter(({ column }) => column.spare !== undefined);
  const order = spare.toSorted((a, b) => (a.column.spare ?? 0) - (b.column.spare ?? 0));
  let kept = columns;
  for (const column of order) {
    const isWhole = kept.length === columns.length;
    if (widthOf(kept, READABLE) <= roomFor(isWhole, width)) break;
    kept = kept.filter((other) => other !== column);
  }
  return kept;
}

/** What the columns may take: where some are left out, the titles end with an ellipsis. */
function roomFor(isWhole: boolean, width: number): number {
  return isWhole ? width : Math.max(SHORTEST, width - GAP.length - ELLIPSIS.length);
}

/** Shortens cells, those of the widest column first, until the lines fit or nothing more can go. */
function narrow<Row>(columns: readonly Filled<Row>[], width: number): readonly Filled<Row>[] {
  const excess = widthOf(columns) - width;
  const [longest] = columns
    .filter(({ column, width: own }) => column.shorten !== undefined && own > SHORTEST)
    .toSorted((a, b) => b.width - a.width);
  if (excess <= 0 || longest === undefined) return columns;
  const next = columns.filter((other) => other !== longest && other.column.shorten !== undefined);
  const second = next.reduce((most, other) => Math.max(most, other.width), SHORTEST);
  // Down to the next longest, so that two long columns share what is there; by one where they are level.
  const target = Math.max(SHORTEST, longest.width - excess, Math.min(second, longest.width - 1));
  const shorter = {
    ...longest,
    cells: longest.cells.map((cell) => shortened(cell, target, longest.column.shorten ?? "end")),
    width: target,
  };
  return narrow(
    columns.map((column) => (column === longest ? shorter : column)),
    width,
  );
}

/** The text in so many characters, with an ellipsis for what is missing. Of names the end says more than the beginning. */
function shortened(text: string, length: number, missing: "middle" | "end"): string {
  if (text.length <= length) return text;
  const head = missing === "end" ? length - 1 : Math.floor((length - 1) / 3);
  const tail = length - 1 - head;
  return text.slice(0, head) + ELLIPSIS + (tail === 0 ? "" : text.slice(-tail));
}

function layOut<Row>(columns: readonly Filled<Row>[], width: number): string[] {
  const padded = columns.map(({ column: { align }, cells, width: own }) => {
    const padding = Math.min(own, WIDEST);
    return cells.map((cell) => (align === "left" ? cell.padEnd(padding) : cell.padStart(padding)));
  });
  const count = padded[0]?.length ?? 0;
  return Array.from({ length: count }, (_, line) => {
    const text = padded.map((cells) => cells[line] ?? "").join(GAP);
    return shortened(text.trimEnd(), width, "end");
  });
}
