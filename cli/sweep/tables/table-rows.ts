/** From a table to the rows of a sweep: each column is a parameter of the model, a result, or a remark. */
import { nearestName } from "../../../shared/dsl/describe.js";
import { typeOf, type ParameterValue } from "../../../shared/dsl/plain-values.js";
import { CliError } from "../../errors.js";
import type { RowParameters } from "../rows.js";
import { isResultTitle } from "./result-columns.js";
import { letters, type SheetCell } from "./sheet.js";
import type { TableFile } from "./table-file.js";

/** A parameter of the model with its default, which says of what type its values are. */
export interface TableParameter {
  readonly name: string;
  readonly default: unknown;
}

export interface TableRow {
  readonly line: number;
  /** Those that could be read. */
  readonly parameters: RowParameters;
  /** One sentence that names the columns: the row cannot be run. */
  readonly problem?: string;
}

/** Reads all rows. Throws a `CliError` for a column that is neither a parameter nor a result, or when none is a parameter. */
export function tableRows(
  { file, titles, lines }: TableFile,
  parameters: readonly TableParameter[],
): readonly TableRow[] {
  const known = new Map(parameters.map((parameter) => [parameter.name, parameter.default]));
  const columns = titles.flatMap((title, position) => (known.has(title) ? [{ title, position }] : []));
  const names = [...known.keys()];
  const unknown = titles.find(
    (title) => title !== "" && !known.has(title) && !isResultTitle(title) && !title.startsWith("#"),
  );
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, names);
    const advice = nearest ? `write ${nearest} if that is meant` : `the parameters are ${names.join(", ") || "none"}`;
    throw new CliError(
      `${file} has a column "${unknown}", which is no parameter of the model and no result; ${advice} (remarks may stand in columns that begin with #).`,
    );
  }
  if (columns.length === 0) {
    throw new CliError(
      `${file} has no column of a parameter: the model's parameters are ${names.join(", ") || "none"}.`,
    );
  }
  return lines.map(({ line, cells }) => {
    const values: [string, ParameterValue][] = [];
    const problems: string[] = [];
    for (const { title, position } of columns) {
      const read = readCell(cells[position], known.get(title));
      if (read.value === undefined) problems.push(`${title} (column ${letters(position)}) ${read.problem}`);
      else values.push([title, read.value]);
    }
    for (const [position, cell] of cells.entries()) {
      if (cell === undefined || cell.text === "" || (titles[position] ?? "") !== "") continue;
      // A decimal comma between commas makes a cell too many, and another value of the one before.
      problems.push(
        `column ${letters(position)} has "${cell.text.slice(0, 40)}" and no title (remarks stand in columns that begin with #)`,
      );
    }
    const problem = problems.length === 0 ? {} : { problem: `line ${line} of ${file}: ${problems.join("; ")}.` };
    return { line, parameters: Object.fromEntries(values), ...problem };
  });
}

type ReadCell =
  | { readonly value: ParameterValue; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

/** A cell as a value of the default's type. */
function readCell(cell: SheetCell | undefined, defaultValue: unknown): ReadCell {
  if (cell === undefined || cell.text === "") return { problem: "is empty" };
  const value = valueOf(cell, defaultValue);
  if (value !== undefined) return { value };
  return { problem: `is "${cell.text.slice(0, 40)}", and ${typeOf(defaultValue)} is expected` };
}

function valueOf(cell: SheetCell, defaultValue: unknown): ParameterValue | undefined {
  if (Array.isArray(defaultValue)) return listOf(cell, defaultValue);
  switch (typeof defaultValue) {
    case "number":
      return cell.number ?? numberOf(cell.text);
    case "boolean":
      return flagOf(cell.text);
    case "string":
      return cell.text;
    default:
      return cell.number ?? cell.text;
  }
}

/** A number; with a decimal comma where the spreadsheet was written so. `50 %` is a half, as spreadsheets have it. */
function numberOf(text: string): number | undefined {
  const percent = /^(.*\d)\s*%$/.exec(text)?.[1];
  if (percent !== undefined) {
    const hundredths = numberOf(percent);
    return hundredths === undefined ? undefined : hundredths / 100;
  }
  const number = Number(/^[+-]?\d+,\d+$/.test(text) ? text.replace(",", ".") : text);
  return text !== "" && Number.isFinite(number) ? number : undefined;
}

function flagOf(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (["true", "yes", "1"].includes(word)) return true;
  return ["false", "no", "0"].includes(word) ? false : undefined;
}

/**
 * `27, 21, 15`. A list of two whole numbers that was typed without a blank may have become a number, `27.21`: the winner's own
 * scripts take it so, unless the parameter's numbers have fractions.
 */
function listOf({ text, number }: SheetCell, defaultValue: readonly unknown[]): ParameterValue | undefined {
  const texts = (number === undefined ? text : listText(text, number, defaultValue))
    .split(/[,;]/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (defaultValue.some((item) => typeof item === "string")) return texts;
  const numbers = texts
    .map((part) => (isDotted(part, defaultValue) ? part.split(".").map(Number) : [Number(part)]))
    .flat();
  return numbers.length > 0 && numbers.every(Number.isFinite) ? numbers : undefined;
}

/** A spreadsheet with decimal commas shows the list as it was typed. */
function listText(text: string, number: number, defaultValue: readonly unknown[]): string {
  if (Number.isInteger(number) || hasFractions(defaultValue)) return String(number);
  return text.includes(",") ? text : String(number);
}

function isDotted(part: string, defaultValue: readonly unknown[]): boolean {
  return /^\d+\.\d+$/.test(part) && !hasFractions(defaultValue);
}

function hasFractions(values: readonly unknown[]): boolean {
  return values.some((value) => typeof value === "number" && !Number.isInteger(value));
}
