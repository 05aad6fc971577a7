/** OpenDocument spreadsheets (ISO 26300): the first sheet, as text and numbers. */
import { CliError } from "../../errors.js";
import { readArchive } from "./archive.js";
import { countOf, formulaProblem, repeatedCells, SheetBuilder, type Sheet, type SheetCell } from "./sheet.js";
import { readXml } from "./xml.js";

/** Reads the first sheet. Throws a `CliError` when there is none, or the file is too large or damaged. */
export function readOds(file: string, bytes: Uint8Array): Sheet {
  const content = readArchive(file, bytes, (name) => name === "content.xml").get("content.xml");
  if (content === undefined) throw new CliError(`${file} is no OpenDocument spreadsheet: it has no content.xml.`);
  const reader = new OdsReader(file);
  readXml(file, content, reader);
  if (reader.tables === 0) throw new CliError(`${file} has no sheet: save a table in it.`);
  return reader.builder.sheet;
}

class OdsReader {
  readonly builder: SheetBuilder;
  tables = 0;
  private line = 1;
  private lineCount = 1;
  private cells: (SheetCell | undefined)[] = [];
  /** The cell that is open. */
  private cell:
    { text: string; readonly number?: number; readonly count: number; readonly lacksValue: boolean } | undefined;
  /** Inside a paragraph of a cell; notes to a cell are no text of it. */
  private paragraphs = 0;
  private notes = 0;

  constructor(private readonly file: string) {
    this.builder = new SheetBuilder(file);
  }

  readonly open = (name: string, attribute: (name: string) => string | undefined): void => {
    if (name === "table") this.tables++;
    if (this.tables !== 1) return;
    switch (name) {
      case "table-row":
        this.cells = [];
        this.lineCount = countOf(attribute("number-rows-repeated"));
        return;
      case "table-cell":
      case "covered-table-cell": {
        const value = attribute("value-type") === "string" ? NaN : Number(attribute("value") ?? NaN);
        const count = countOf(attribute("number-columns-repeated"));
        const type = attribute("value-type");
        const lacksValue = attribute("formula") !== undefined && (type === undefined || type === "float");
        this.cell = { text: "", count, lacksValue, ...(Number.isFinite(value) && { number: value }) };
        return;
      }
      case "annotation":
        this.notes++;
        return;
      case "p":
        if (this.cell && this.notes === 0 && this.paragraphs++ > 0 && this.cell.text !== "") this.cell.text += "\n";
        return;
      case "s":
        this.text(" ".repeat(Math.min(countOf(attribute("c")), 1000)));
    }
  };

  readonly close = (name: string): void => {
    if (this.tables !== 1) return;
    if (name === "annotation") this.notes--;
    if ((name === "table-cell" || name === "covered-table-cell") && this.cell) this.endCell(this.cell);
    if (name !== "table-row") return;
    this.builder.repeat(this.line, this.lineCount, this.cells);
    this.line += this.lineCount;
  };

  readonly text = (text: string): void => {
    if (this.cell && this.paragraphs > 0 && this.notes === 0) this.cell.text += text;
  };

  private endCell({ text, number, count, lacksValue }: NonNullable<OdsReader["cell"]>): void {
    const shown = text.trim();
    if (lacksValue && number === undefined && shown === "")
      throw formulaProblem(this.file, this.line, this.cells.length);
    const cell: SheetCell | undefined =
      number !== undefined
        ? { text: shown === "" ? String(number) : shown, number }
        : shown === ""
          ? undefined
          : { text: shown };
    // One more than is allowed is told from what is allowed, without taking a billion.
    if (this.cells.length <= 2048) this.cells.push(...repeatedCells(count, cell));
    this.cell = undefined;
    this.paragraphs = 0;
  }
}
