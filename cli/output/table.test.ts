import { describe, expect, it } from "vitest";
import { foldedTable, table, type Column } from "./table.js";

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

interface Layer {
  readonly name: string;
  readonly op: string;
  readonly macs: string;
  readonly bops: string;
}

const layerColumns: Column<Layer>[] = [
  { title: "layer", align: "left", shorten: "middle", cell: ({ name }) => name },
  { title: "op", align: "left", spare: 1, cell: ({ op }) => op },
  { title: "MACs", align: "right", spare: 2, cell: ({ macs }) => macs },
  { title: "bit-ops", align: "right", cell: ({ bops }) => bops },
];

const layers: Layer[] = [
  { name: "depthwiseSeparable.convNormReLU.conv", op: "Conv", macs: "27,648", bops: "1,327,104" },
  { name: "fc", op: "Gemm", macs: "1,152", bops: "55,296" },
];

describe("a table in a terminal", () => {
  const at = (width: number) => table(layerColumns, layers, { width });

  it("is whole where it fits", () => {
    expect(at(61)).toEqual(table(layerColumns, layers, { width: Infinity }));
    expect(at(61)[1]).toBe("depthwiseSeparable.convNormReLU.conv  Conv  27,648  1,327,104");
  });

  it("has shorter names first, of which the end is kept, while they can be read", () => {
    expect(at(55)).toEqual([
      "layer                           op      MACs    bit-ops",
      "depthwise…le.convNormReLU.conv  Conv  27,648  1,327,104",
      "fc                              Gemm   1,152     55,296",
    ]);
  });

  it("is without the columns that can be spared, in their order, and says so", () => {
    expect(at(52)).toEqual([
      "layer                             MACs    bit-ops  …",
      "depthwise…le.convNormReLU.conv  27,648  1,327,104",
      "fc                               1,152     55,296",
    ]);
    expect(at(45)[0]).toBe("layer                              bit-ops  …");
  });

  it.each(Array.from({ length: 64 }, (_, width) => width + 1))(
    "never has a line longer than %i characters",
    (width) => {
      for (const line of at(width)) expect(line.length).toBeLessThanOrEqual(Math.max(width, 11));
    },
  );

  it("shares what is there between two long columns", () => {
    const columns: Column<readonly [string, string]>[] = [
      { title: "model", align: "left", shorten: "middle", cell: ([model]) => model },
      { title: "file", align: "left", shorten: "end", cell: ([, file]) => file },
    ];
    expect(table(columns, [["m".repeat(60), "f".repeat(40)]], { width: 42 })[1]).toBe(
      `${"m".repeat(6)}…${"m".repeat(13)}  ${"f".repeat(19)}…`,
    );
  });

  it("has rows on one line each, without what a terminal obeys, whatever names a file has", () => {
    const [, row] = table(columns, [{ name: "a\u001b[31mb\nc", cost: "1" }]);
    expect(row).toBe("a\ufffd[31mb\ufffdc     1");
  });

  it("is not padded to a name of megabytes", () => {
    const rows = [{ name: "n".repeat(1_000_000), cost: "1" }, ...layers.map(({ name }) => ({ name, cost: "2" }))];
    const lines = table(columns, rows, { width: Infinity });
    expect(lines[1]).toHaveLength(1_000_006);
    expect(lines[2]?.length).toBeLessThan(300);
  });

  it("can have more rows than a function has arguments", () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => ({ name: String(index), cost: "1" }));
    expect(table(columns, rows)).toHaveLength(200_001);
  });
});

describe("a folded table", () => {
  const matrix = (width: number) =>
    foldedTable<string>(
      [
        { title: "class", align: "left", shorten: "middle", cell: (name) => name },
        ...[10, 20, 30].map((percent): Column<string> => ({
          title: String(percent),
          align: "right",
          cell: (name) => String(percent + name.length),
        })),
      ],
      ["BPSK", "QPSK"],
      { width },
    );

  it("is one table where it fits", () => {
    expect(matrix(17)).toEqual(["class  10  20  30", "BPSK   14  24  34", "QPSK   14  24  34"]);
  });

  it("goes on below, behind the names of the rows", () => {
    const [first, second] = [matrix(13).slice(0, 3), matrix(13).slice(4)];
    expect(first).toEqual(["class  10  20", "BPSK   14  24", "QPSK   14  24"]);
    expect(matrix(13)[3]).toBe("");
    expect(second).toEqual(["class  30", "BPSK   34", "QPSK   34"]);
  });
});
