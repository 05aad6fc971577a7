import { describe, expect, it } from "vitest";
import { table } from "./table.js";

const columns = [
  { title: "layer", align: "left", cell: (row: { name: string; cost: string; note?: string }) => row.name },
  { title: "cost", align: "right", cell: (row: { name: string; cost: string }) => row.cost },
  { title: "note", align: "left", cell: (row: { note?: string }) => row.note ?? "" },
] as const;

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
