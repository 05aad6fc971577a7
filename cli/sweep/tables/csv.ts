/** Tables as text: comma, semicolon or tab between the cells, as the first line has most of. */
import { CsvError, parse } from "csv-parse/sync";
import { CliError } from "../../errors.js";
import { SheetBuilder, type Sheet } from "./sheet.js";

/** Reads a table. Throws a `CliError` that names the line of what cannot be read. */
export function readCsv(file: string, bytes: Uint8Array): Sheet {
  const text = new TextDecoder().decode(bytes);
  const builder = new SheetBuilder(file);
  for (const { record, info } of records(file, text)) {
    builder.add(
      info.lines,
      record.map((cell) => (cell.trim() === "" ? undefined : { text: cell.trim() })),
    );
  }
  return builder.sheet;
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function records(file: string, text: string): readonly CsvRecord[] {
  const first = text.split(/\r?\n/, 1)[0] ?? "";
  const counts = [",", ";", "\t"].map((delimiter) => ({ delimiter, count: first.split(delimiter).length }));
  const { delimiter } = counts.reduce((best, each) => (each.count > best.count ? each : best));
  const options = {
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: 1e6,
  };
  try {
    return parse(text, options) as unknown as readonly CsvRecord[];
  } catch (error) {
    if (error instanceof CsvError) throw new CliError(`${file} cannot be read as a table: ${error.message}.`);
    throw error;
  }
}
