/** Tables as text: comma, semicolon or tab between the cells, as the first line has most of. */
import { CsvError, parse } from "csv-parse/sync";
import { CliError } from "../../errors.js";
import { SheetBuilder, type Sheet } from "./sheet.js";

/** Reads a table. Throws a `CliError` that names the line of what cannot be read. */
export function readCsv(file: string, bytes: Uint8Array): Sheet {
  const text = decoded(bytes);
  const zero = text.indexOf("\0");
  if (zero >= 0) {
    const line = text.slice(0, zero).split(/\r\n|\r|\n/).length;
    throw new CliError(`${file} is no text: its line ${line} has a zero byte; save the table as CSV in UTF-8.`);
  }
  const builder = new SheetBuilder(file);
  // Excel writes which character stands between the cells in a line before the titles.
  const [declaration = "", delimiter] = /^sep=([,;\t])\r?\n/.exec(text) ?? [];
  const linesBefore = declaration === "" ? 0 : 1;
  for (const { record, info } of records(file, text.slice(declaration.length), delimiter)) {
    builder.add(
      info.lines + linesBefore,
      record.map((cell) => (cell.trim() === "" ? undefined : { text: cell.trim() })),
    );
  }
  return builder.sheet;
}

/** UTF-16 has a mark at its beginning; what is not UTF-8 otherwise is what older programs write on Windows. */
function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function records(file: string, text: string, declared: string | undefined): readonly CsvRecord[] {
  const first = text.split(/\r?\n/, 1)[0] ?? "";
  const counts = [",", ";", "\t"].map((delimiter) => ({ delimiter, count: first.split(delimiter).length }));
  const frequent = counts.reduce((best, each) => (each.count > best.count ? each : best));
  const delimiter = declared ?? frequent.delimiter;
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
