import { describe, expect, it } from "vitest";
import { table, type Column } from "./table.js";

interface Row {
  readonly name: string;
  readonly cost: string;
  readonly note?: string;
}

const columns: Column<Row>[] = [
  { title: "layer", align: "left", cell: (row) => row.name },
  { title: "cost", align: "right", cell: (row) => row.cost },
  { title: "note", align: "left", cell: (row) => row.note ?? "" },
];

describe("table", () => {
  it("aligns columns below their titles and leaves no white space at the end", () => {
    expect(
      table(columns, [
        { name: "conv.0", cost: "1,784", note: "wide" },
        { name: "fc", cost: "9" },
      ]),
    ).toEqual(["layer    cost  note", "conv.0  1,784  wide", "fc          9"]);
  });

  it("leaves out a column without cells", () => {
    expect(table(columns, [{ name: "fc", cost: "9" }])).toEqual(["layer  cost", "fc        9"]);
  });

  it("is empty without rows", () => {
    expect(table(columns, [])).toEqual([]);
  });
});
