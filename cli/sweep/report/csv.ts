/** Tables as comma-separated values (RFC 4180), without formulas that a spreadsheet would run. */
import type { CellValue } from "./columns.js";

/** Lines of cells, each ended by CR LF. */
export function csvText(lines: readonly (readonly CellValue[])[]): string {
  return lines.map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}

function csvCell(value: CellValue): string {
  if (typeof value !== "string") return value === undefined ? "" : String(value);
  // A text that begins like a formula would be run by the spreadsheet that opens the file.
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
