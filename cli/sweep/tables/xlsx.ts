/** Spreadsheets of Excel (ECMA-376): the first sheet, as text and numbers. */
import { CliError } from "../../errors.js";
import { readArchive } from "./archive.js";
import { formulaProblem, SheetBuilder, type Sheet, type SheetCell } from "./sheet.js";
import { readXml } from "./xml.js";

const workbookFile = "xl/workbook.xml";
const relationsFile = "xl/_rels/workbook.xml.rels";
const stringsFile = "xl/sharedStrings.xml";

/** Reads the first sheet. Throws a `CliError` when there is none, or the file is too large or damaged. */
export function readXlsx(file: string, bytes: Uint8Array): Sheet {
  const isWanted = (name: string): boolean =>
    [workbookFile, relationsFile, stringsFile].includes(name) || /^xl\/worksheets\/[^/]+\.xml$/.test(name);
  const parts = readArchive(file, bytes, isWanted);
  const sheet = parts.get(firstSheet(file, parts));
  if (sheet === undefined) throw new CliError(`${file} has no sheet that can be found: save it anew.`);
  const strings = parts.get(stringsFile);
  return readSheet(file, sheet, strings === undefined ? [] : readStrings(file, strings));
}

/** The name of the first sheet's file. */
function firstSheet(file: string, parts: ReadonlyMap<string, string>): string {
  const [workbook, relations] = [parts.get(workbookFile), parts.get(relationsFile)];
  if (workbook === undefined || relations === undefined) {
    throw new CliError(`${file} is no spreadsheet of Excel: it has no ${workbookFile}.`);
  }
  let first: string | undefined;
  readXml(file, workbook, {
    open: (name, attribute) => {
      if (name === "sheet") first ??= attribute("id");
    },
  });
  let target = "";
  readXml(file, relations, {
    open: (name, attribute) => {
      if (name === "Relationship" && attribute("Id") === first) target = attribute("Target") ?? "";
    },
  });
  return target.startsWith("/") ? target.slice(1) : `xl/${target}`;
}

/** Texts that cells name by their numbers. Readings above words (`rPh`) are no part of them. */
function readStrings(file: string, document: string): readonly string[] {
  const strings: string[] = [];
  let [current, inText, inReading] = ["", false, false];
  readXml(file, document, {
    open(name) {
      if (name === "si") current = "";
      if (name === "rPh") inReading = true;
      if (name === "t") inText = true;
    },
    text(text) {
      if (inText && !inReading) current += text;
    },
    close(name) {
      if (name === "si") strings.push(current);
      if (name === "rPh") inReading = false;
      if (name === "t") inText = false;
    },
  });
  return strings;
}

function readSheet(file: string, document: string, strings: readonly string[]): Sheet {
  const builder = new SheetBuilder(file);
  let [line, column, type, value, isValue] = [0, 0, "n", "", false];
  let [isFormula, hasValue] = [false, false];
  let cells: (SheetCell | undefined)[] = [];
  readXml(file, document, {
    open(name, attribute) {
      if (name === "row") {
        const before = line;
        line = Number(attribute("r") ?? line + 1);
        if (!(Number.isSafeInteger(line) && line > before)) {
          throw new CliError(`${file} is damaged: its rows are not in order behind row ${before}; save it anew.`);
        }
        [cells, column] = [[], 0];
      } else if (name === "c") {
        column = columnOf(attribute("r")) ?? column + 1;
        [type, value] = [attribute("t") ?? "n", ""];
        [isFormula, hasValue] = [false, false];
      } else if (name === "f") isFormula = true;
      else if (name === "v" || name === "t") isValue = hasValue = true;
    },
    text(text) {
      if (isValue) value += text;
    },
    close(name) {
      if (name === "v" || name === "t") isValue = false;
      // A cell far to the right is refused by the builder; the cells before it are not made.
      if (name === "c" && isFormula && !hasValue) throw formulaProblem(file, line, column - 1);
      if (name === "c") cells[Math.min(column, 2048) - 1] = cellOf(type, value, strings);
      if (name === "row") builder.add(line, Array.from(cells));
    },
  });
  return builder.sheet;
}

/** `AB12` stands in column 28. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? "")?.[0];
  if (letters === undefined) return undefined;
  return Array.from(letters).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

function cellOf(type: string, value: string, strings: readonly string[]): SheetCell | undefined {
  switch (type) {
    case "s":
      return textCell(strings[Number(value)] ?? "");
    case "b":
      return textCell(value === "1" ? "true" : "false");
    case "n": {
      const number = Number(value);
      return value !== "" && Number.isFinite(number) ? { text: value, number } : textCell(value);
    }
    default:
      return textCell(value);
  }
}

function textCell(text: string): SheetCell | undefined {
  return text.trim() === "" ? undefined : { text: text.trim() };
}
