/** Plain text tables for terminals. */

export interface Column<Row> {
  readonly title: string;
  readonly align: "left" | "right";
  readonly cell: (row: Row) => string;
}

/**
 * Lays rows out under their titles, two spaces between columns, without trailing white space.
 * Columns in which every cell is empty are left out.
 */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const filled = columns
    .map((column) => ({ column, cells: rows.map((row) => column.cell(row)) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""))
    .map(({ column, cells }) => pad(column, cells));
  return filled.length === 0 ? [] : [0, ...rows.map((_, index) => index + 1)].map((line) => joinLine(filled, line));
}

/** The column's title and cells, all of one width. */
function pad<Row>({ title, align }: Column<Row>, cells: readonly string[]): string[] {
  const all = [title, ...cells];
  const width = Math.max(...all.map((cell) => cell.length));
  return all.map((cell) => (align === "left" ? cell.padEnd(width) : cell.padStart(width)));
}

function joinLine(columns: readonly (readonly string[])[], line: number): string {
  return columns
    .map((cells) => cells[line] ?? "")
    .join("  ")
    .trimEnd();
}
