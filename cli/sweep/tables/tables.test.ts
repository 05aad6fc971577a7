import { writeFileSync } from "node:fs";
import path from "node:path";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../../../shared/testing/golden.js";
import { makeFolder } from "../../testing/folder.js";
import { computedFile } from "./computed-table.js";
import { readTable } from "./table-file.js";
import { tableRows, type TableParameter } from "./table-rows.js";
import { odsBytes } from "./write-ods.js";

const folder = makeFolder({});

function file(name: string, content: string | Uint8Array): string {
  const target = path.join(folder, name);
  writeFileSync(target, content);
  return target;
}

function zipped(files: Readonly<Record<string, string>>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));
}

const names = 'xmlns:office="o" xmlns:table="t" xmlns:text="x"';

function ods(rows: string, before = ""): Uint8Array {
  const content = `${before}<office:document-content ${names}><office:body><office:spreadsheet><table:table>${rows}</table:table></office:spreadsheet></office:body></office:document-content>`;
  return zipped({ mimetype: "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content });
}

/** A workbook with these rows in its only sheet. */
function xlsx(rows: string): Uint8Array {
  return zipped({
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="x" sheetId="1" r:id="rId3"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels":
      '<Relationships><Relationship Id="rId3" Target="worksheets/sheet7.xml"/></Relationships>',
    "xl/worksheets/sheet7.xml": `<worksheet><sheetData>${rows}</sheetData></worksheet>`,
  });
}

const cell = (text: string, attributes = ""): string =>
  `<table:table-cell ${attributes}><text:p>${text}</text:p></table:table-cell>`;
const line = (...cells: readonly string[]): string => `<table:table-row>${cells.join("")}</table:table-row>`;

function texts(name: string): unknown {
  const { titles, lines } = readTable(name);
  return [
    titles,
    ...lines.map(({ line: number, cells }) => [number, ...Array.from(cells, (each) => each?.text ?? null)]),
  ];
}

describe("a table", () => {
  const expected = [
    ["bits", "kernels", "notes"],
    [2, "4", "27, 21"],
    [4, "0.5", "9", 'a "note"; <b>'],
  ];

  it("is read from comma-separated values", () => {
    expect(texts(file("a.csv", '\ufeffbits,kernels,notes\r\n4,"27, 21"\r\n\r\n0.5,9,"a ""note""; <b>"\r\n'))).toEqual(
      expected,
    );
  });

  it("is read with semicolons and tabs", () => {
    const text = 'bits;kernels;notes\n4;27, 21;\n\n0.5;9;"a ""note""; <b>"\n';
    expect(texts(file("b.csv", text))).toEqual(expected);
    expect(texts(file("c.csv", 'bits\tkernels\tnotes\n4\t27, 21\t\n\n0.5\t9\t"a ""note""; <b>"\n'))).toEqual(expected);
  });

  it("is read from an OpenDocument spreadsheet as it is written", () => {
    const lines = [["bits", "kernels", "notes"], [4, "27, 21", undefined], [], [0.5, 9, 'a "note"; <b>']];
    expect(texts(file("a.ods", odsBytes(lines)))).toEqual(expected);
    expect(odsBytes(lines)).toEqual(odsBytes(lines));
  });

  it("is read from a spreadsheet of Excel", () => {
    const sheet = `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>kernels</t></is></c><c r="C1" t="str"><v>notes</v></c></row>
      <row r="2"><c r="A2"><v>4</v></c><c r="B2" t="s"><v>1</v></c></row><row r="4"><c r="A4"><v>0.5</v></c><c r="B4"><v>9</v></c><c r="C4" t="inlineStr"><is><r><t>a "note"</t></r><r><t>; &lt;b></t></r></is></c></row></sheetData></worksheet>`;
    const bytes = zipped({
      "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="x" sheetId="1" r:id="rId3"/></sheets></workbook>',
      "xl/_rels/workbook.xml.rels":
        '<Relationships><Relationship Id="rId3" Target="worksheets/sheet7.xml"/></Relationships>',
      "xl/worksheets/sheet7.xml": sheet,
      "xl/sharedStrings.xml":
        "<sst><si><t>bits</t></si><si><r><t>27, </t></r><r><t>21</t></r><rPh><t>no</t></rPh></si></sst>",
    });
    expect(texts(file("a.xlsx", bytes))).toEqual(expected);
  });

  it.each<readonly [string, Uint8Array]>([
    ["Windows-1252", Buffer.from("bits,kernels,notes\n4,,größer\n", "latin1")],
    ["UTF-16", Buffer.from("\ufeffbits,kernels,notes\n4,,größer\n", "utf16le")],
    ["UTF-16 with the larger byte first", Buffer.from("\ufeffbits,kernels,notes\n4,,größer\n", "utf16le").swap16()],
  ])("is read in %s", (name, bytes) => {
    expect(texts(file(`${name}.csv`, bytes))).toEqual([
      ["bits", "kernels", "notes"],
      [2, "4", null, "größer"],
    ]);
  });

  it("is read with the line that Excel puts before the titles", () => {
    expect(texts(file("sep.csv", "sep=;\r\nbits;a,b,c,d\r\n4;0,5\r\n"))).toEqual([
      ["bits", "a,b,c,d"],
      [3, "4", "0,5"],
    ]);
  });

  it("may have thousands of empty cells behind its own, repeated cells and notes", () => {
    const rows = [
      line(cell("bits"), cell("more"), '<table:table-cell table:number-columns-repeated="16382"/>'),
      `<table:table-row table:number-rows-repeated="2">${cell("6", 'table:number-columns-repeated="2"')}</table:table-row>`,
      `<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>`,
      line(
        '<table:table-cell office:value-type="float" office:value="0.00005"><office:annotation><text:p>no</text:p></office:annotation><text:p>5E-05</text:p></table:table-cell>',
      ),
    ];
    const { lines } = readTable(file("b.ods", ods(rows.join(""))));
    expect(lines).toEqual([
      { line: 2, cells: [{ text: "6" }, { text: "6" }] },
      { line: 3, cells: [{ text: "6" }, { text: "6" }] },
      { line: 1048574, cells: [{ text: "5E-05", number: 0.00005 }] },
    ]);
  });

  it.each<readonly [string | RegExp, string, string | Uint8Array]>([
    ["is empty", "e1.csv", ""],
    ["has no rows below its titles", "e2.csv", "a,b\n"],
    ['has two columns "a"', "e3.csv", "a,b,a\n1,2,3\n"],
    ["cannot be read as a table", "e4.csv", 'a,b\n"1,2\n'],
    ["is no text: its line 2 has a zero byte", "e16.csv", "a,b\n1,\0\n"],
    [
      /^line 2 of .* has a formula without a value in column B/,
      "e17.ods",
      ods(line(cell("a"), cell("b")) + line(cell("1"), '<table:table-cell table:formula="of:=1+1"/>')),
    ],
    [
      /^line 2 of .* has a formula without a value in column B/,
      "e18.xlsx",
      xlsx('<row r="2"><c r="B2"><f>1+1</f></c></row>'),
    ],
    ["its rows are not in order behind row 2", "e19.xlsx", xlsx('<row r="2"/><row r="2"/>')],
    ["its rows are not in order behind row 0", "e20.xlsx", xlsx('<row r="1e99"/>')],
    ["is no spreadsheet", "e5.ods", "a,b\n"],
    ["has no content.xml", "e6.ods", zipped({ "other.xml": "<a/>" })],
    ["is damaged", "e7.ods", ods(line(cell("a"))).subarray(0, 150)],
    ["is no XML", "e8.ods", ods("<table:table-row>")],
    ["has a document type", "e9.ods", ods(line(cell("&a;")), '<!DOCTYPE x [<!ENTITY a "aaaa">]>')],
    ["is no XML", "e10.ods", ods(line(cell("&a;")))],
    ["more than 1024 columns", "e11.ods", ods(line(cell("a", 'table:number-columns-repeated="1000000000"')))],
    [
      "more than 100000 lines",
      "e12.ods",
      ods(`<table:table-row table:number-rows-repeated="1000000000">${cell("a")}</table:table-row>`),
    ],
    ["deep", "e13.ods", ods("<text:x>".repeat(300) + "</text:x>".repeat(300))],
    [
      "has no sheet that can be found",
      "e14.xlsx",
      zipped({ "xl/workbook.xml": "<workbook/>", "xl/_rels/workbook.xml.rels": "<x/>" }),
    ],
    [
      "unfolds to more than 134217728 bytes",
      "e15.ods",
      zipSync({ "content.xml": [new Uint8Array(140 * 2 ** 20), { level: 1 }] }),
    ],
  ])("%s: is refused (%s)", (message, name, content) => {
    expect(() => readTable(file(name, content))).toThrow(message);
  });
});

describe("rows of a table", () => {
  const parameters: readonly TableParameter[] = [
    { name: "bits", default: 6 },
    { name: "kernels", default: [27, 21] },
    { name: "rates", default: [0.5, 0.25] },
    { name: "kind", default: "dw" },
    { name: "fast", default: false },
    { name: "layers", default: ["a"] },
  ];
  const rows = (text: string) => tableRows(readTable(file("rows.csv", text)), parameters);

  it("are values of the parameters' types", () => {
    const text = "bits;kernels;rates;kind;fast;layers\n5E-05;27, 21,9;0.5;6;yes;a, b\n0,5;27.21;0.5, 0.1;x;0;c\n";
    expect(rows(text)).toEqual([
      {
        line: 2,
        parameters: { bits: 5e-5, kernels: [27, 21, 9], rates: [0.5], kind: "6", fast: true, layers: ["a", "b"] },
      },
      {
        line: 3,
        parameters: { bits: 0.5, kernels: [27, 21], rates: [0.5, 0.1], kind: "x", fast: false, layers: ["c"] },
      },
    ]);
  });

  it("take a list that a spreadsheet has made a number", () => {
    const number = (value: string, shown: string) => cell(shown, `office:value-type="float" office:value="${value}"`);
    const content = [
      line(cell("kernels")),
      ...[
        ["27.21", "27.21"],
        ["27.21", "27,21"],
        ["6", "6"],
      ].map(([value, shown]) => line(number(value!, shown!))),
    ];
    const table = readTable(file("lists.ods", ods(content.join(""))));
    expect(tableRows(table, parameters).map(({ parameters: { kernels } }) => kernels)).toEqual([
      [27, 21],
      [27, 21],
      [6],
    ]);
  });

  it("say by line and column what is missing or of another type; the others can be run", () => {
    const found = rows("bits,kernels,kind\n6,,dw\nsix,27 x,dw\n6\n6,27,dw\n");
    expect(found.map(({ problem }) => problem?.replace(/of .*rows\.csv/, "of it"))).toEqual([
      "line 2 of it: kernels (column B) is empty.",
      'line 3 of it: bits (column A) is "six", and a number is expected; kernels (column B) is "27 x", and a list of numbers is expected.',
      "line 4 of it: kernels (column B) is empty; kind (column C) is empty.",
      undefined,
    ]);
  });

  it("take percents for what they are, and name a cell that has no title", () => {
    const found = rows("bits,rates,\n50 %,0.5\n12.5%,0.5\n0,5,0.5,x\n");
    expect(found.map(({ parameters: { bits } }) => bits)).toEqual([0.5, 0.125, 0]);
    expect(found.map(({ problem }) => problem?.replace(/of .*rows\.csv/, "of it"))).toEqual([
      undefined,
      undefined,
      'line 4 of it: column C has "0.5" and no title (remarks stand in columns that begin with #); column D has "x" and no title (remarks stand in columns that begin with #).',
    ]);
  });

  it("may have columns of results and remarks, but no others", () => {
    const text = "bits,#why,test_accuracy_final2,inference_cost_bops,notes\n6,x,,,\n";
    expect(rows(text)).toEqual([{ line: 2, parameters: { bits: 6 } }]);
    expect(() => rows("bist\n6\n")).toThrow(
      'has a column "bist", which is no parameter of the model and no result; write bits',
    );
    expect(() => rows("notes\nx\n")).toThrow("has no column of a parameter");
  });
});

describe("the computed table", () => {
  it("never replaces another one", () => {
    const table = file("own.csv", "bits\n6\n");
    expect(path.basename(computedFile(table))).toBe("own_computed.ods");
    file("own_computed.ods", "");
    file("own_computed_1.ods", "");
    expect(path.basename(computedFile(table))).toBe("own_computed_2.ods");
  });
});

describe.skipIf(!hasGolden)("the winner's run_config.ods", () => {
  it("has 36 columns and the winning row", () => {
    const { titles, lines } = readTable(goldenPath("bacalhaunet", "run_config.ods"));
    expect(titles).toHaveLength(36);
    expect(lines).toHaveLength(1);
    const parameters = ["kernel_length", "weight_bit_width", "activation_bit_width"].map((name) => ({
      name,
      default: [1, 2],
    }));
    const others = ["hardtanh_bit_width", "weight_decay", "weight_decay_tune3", "min_weight_value3"].map((name) => ({
      name,
      default: 1,
    }));
    const table = { file: "run_config.ods", titles, lines };
    const own = new Set([...parameters, ...others].map(({ name }) => name));
    const used = { ...table, titles: titles.map((title) => (own.has(title) ? title : `# ${title}`)) };
    expect(tableRows(used, [...parameters, ...others])).toEqual([
      {
        line: 2,
        parameters: {
          hardtanh_bit_width: 8,
          kernel_length: [27, 21, 15, 9, 9],
          weight_bit_width: [6, 6, 6, 6, 6],
          activation_bit_width: [6, 6, 6, 6, 6],
          weight_decay: 0.0001,
          weight_decay_tune3: 0.00001,
          min_weight_value3: 0.25,
        },
      },
    ]);
  });
});
