import path from "node:path";
import { pathToFileURL } from "node:url";
import { createColors } from "./colors.js";
import { describe, expect, it } from "vitest";
import { baselines } from "../../shared/cost/baselines.js";
import type { CheckedFile, Finding } from "./findings.js";
import { githubReport } from "./github.js";
import { prettyReport } from "./pretty.js";
import { sarifReport } from "./sarif.js";

const source = "const x = 1;\n\tadd(y, x);\n";

const finding: Finding = {
  code: "residual-not-requantised",
  severity: "warning",
  message: "The sum is FLOAT32: 50 %, +7.3 Mbop,\nrequantise it.",
  file: "nets/a b,1.model.ts",
  range: { start: { line: 2, column: 2 }, end: { line: 2, column: 11 } },
  price: { bops: 7, memWBits: 0, score: 0.004 },
  related: [
    { message: "also here", file: "nets/c.ts", range: { start: { line: 1, column: 1 }, end: { line: 3, column: 4 } } },
  ],
  fixes: ["Requantise to 6 bits"],
};

const inNode: Finding = {
  code: "unsupported-op",
  severity: "error",
  message: "Softmax has no price.",
  file: "/elsewhere/net.onnx",
  node: "Softmax_0",
  related: [],
  fixes: [],
};

function checked(...findings: Finding[]): CheckedFile[] {
  return [{ file: "nets/a b,1.model.ts", analysis: { baseline: baselines.itu2021, problems: [] }, findings }];
}

describe("githubReport", () => {
  it("escapes what would end a message or a property", () => {
    expect(githubReport(checked(finding))).toBe(
      "::warning file=nets/a b%2C1.model.ts,line=2,endLine=2,col=2,endColumn=11,title=residual-not-requantised" +
        "::The sum is FLOAT32: 50 %25, +7.3 Mbop,%0Arequantise it.",
    );
  });

  it("names the node of a file without lines, and calls remarks notices", () => {
    expect(githubReport(checked({ ...inNode, severity: "hint" }))).toBe(
      "::notice file=/elsewhere/net.onnx,title=unsupported-op::Softmax_0: Softmax has no price.",
    );
  });

  it("has no columns for several lines, which GitHub refuses", () => {
    const range = { start: { line: 1, column: 3 }, end: { line: 2, column: 5 } };
    expect(githubReport(checked({ ...finding, range }))).toContain(",line=1,endLine=2,title=");
  });
});

describe("sarifReport", () => {
  const tool = {
    version: "1.2.3",
    rules: [{ code: finding.code, summary: "Sums are requantised.", description: "Why." }],
  };
  const log = JSON.parse(sarifReport(checked(finding, inNode, finding), tool)) as {
    version: string;
    runs: [{ tool: { driver: object }; results: object[] }];
  };

  it("describes each broken rule once, in the order of the results' indices", () => {
    expect(log.version).toBe("2.1.0");
    expect(log.runs[0].tool.driver).toEqual({
      name: "QuantLens",
      version: "1.2.3",
      rules: [
        {
          id: "residual-not-requantised",
          shortDescription: { text: "Sums are requantised." },
          help: { text: "Why.", markdown: "Why." },
        },
        { id: "unsupported-op" },
      ],
    });
  });

  it("places a result relative to the working directory, with related places and the price", () => {
    expect(log.runs[0].results[0]).toEqual({
      ruleId: "residual-not-requantised",
      ruleIndex: 0,
      level: "warning",
      message: { text: finding.message },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "nets/a%20b%2C1.model.ts", uriBaseId: "%SRCROOT%" },
            region: { startLine: 2, startColumn: 2, endLine: 2, endColumn: 11 },
          },
        },
      ],
      relatedLocations: [
        {
          id: 0,
          physicalLocation: {
            artifactLocation: { uri: "nets/c.ts", uriBaseId: "%SRCROOT%" },
            region: { startLine: 1, startColumn: 1, endLine: 3, endColumn: 4 },
          },
          message: { text: "also here" },
        },
      ],
      properties: { price: { bops: 7, memWBits: 0, score: 0.004 } },
    });
  });

  it("places a result outside the working directory by its URI, and a node by its name", () => {
    expect(log.runs[0].results[1]).toMatchObject({
      level: "error",
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: pathToFileURL(path.resolve("/elsewhere/net.onnx")).href } },
          logicalLocations: [{ name: "Softmax_0", kind: "element" }],
        },
      ],
    });
  });
});

describe("prettyReport", () => {
  const plain = createColors(false);

  it("quotes of a line that is wider than the terminal what is around the range", () => {
    const line = `${"x".repeat(60)} add(y, x) ${"z".repeat(60)}`;
    const range = { start: { line: 2, column: 62 }, end: { line: 2, column: 71 } };
    const report = prettyReport(checked({ ...finding, range }), plain, () => `\n${line}\n`, { width: 46 });
    const [quoted = "", marker = ""] = report.split("\n").filter((text) => text.includes("|"));
    expect(quoted).toBe(`  2 | …${"x".repeat(8)} add(y, x) ${"z".repeat(19)}…`);
    expect(quoted).toHaveLength(46);
    expect(marker.indexOf("^")).toBe(quoted.indexOf("add"));
    expect(marker.replace("|", "").trim()).toBe("^".repeat(9));
  });

  it("quotes the line with a marker below the range, tabs kept", () => {
    expect(prettyReport(checked(finding), plain, () => source)).toBe(
      [
        "nets/a b,1.model.ts:2:2 warning residual-not-requantised",
        "  The sum is FLOAT32: 50 %, +7.3 Mbop,\ufffdrequantise it.",
        "  2 | \tadd(y, x);",
        "    | \t^^^^^^^^^",
        "  fix: Requantise to 6 bits",
        "",
        "0 errors, 1 warning, 0 remarks",
      ].join("\n"),
    );
  });

  it("shows control characters of a file as replacement characters, so that they reach no terminal", () => {
    const report = prettyReport(checked(finding), plain, () => "x\n\u001b[31madd\u0007\n");
    expect(report).toContain("\ufffd[31madd\ufffd");
    expect(report).not.toContain("\u001b");
  });

  it("names the node of a file without lines, and quotes no generated line", () => {
    expect(prettyReport(checked(inNode), plain, () => undefined)).toContain(
      "/elsewhere/net.onnx (Softmax_0) error unsupported-op\n  Softmax has no price.\n",
    );
    expect(prettyReport(checked(finding), plain, () => `x\n${"y".repeat(1000)}`)).not.toContain("yyy");
  });

  it("says so when nothing was found", () => {
    expect(prettyReport(checked(), plain, () => undefined)).toBe("no problems found");
  });
});
