import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder } from "./testing/folder.js";
import { floatModel, smallModel } from "./testing/models.js";
import { runCli } from "./testing/run-cli.js";

const folder = makeFolder({
  "small.model.ts": smallModel(6),
  "float.model.ts": floatModel,
  "zero.model.ts": smallModel(6).replace("int(8)", "int(8, { zeroPoint: 3 })"),
  "broken.model.ts": 'import { int } from "quantlens";\nexport default int(;\n',
});

const check = (...args: string[]) => runCli(["check", ...args], { cwd: folder });

interface Report {
  readonly files: readonly {
    readonly file: string;
    readonly ran: boolean;
    readonly findings: readonly {
      readonly code: string;
      readonly severity: string;
      readonly range?: { readonly start: { readonly line: number; readonly column: number } };
    }[];
  }[];
  readonly counts: Readonly<Record<string, number>>;
}

describe("quantlens check", () => {
  it("exits with 0 when there is no error", async () => {
    const { code, stdout, stderr } = await check("small.model.ts");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/(?:^0 errors, |no problems found)/m);
  });

  it("exits with 1 at an error, and shows the line with a marker below the option", async () => {
    const { code, stdout } = await check("zero.model.ts");
    expect(code).toBe(1);
    const line =
      smallModel(6)
        .split("\n")
        .findIndex((text) => text.includes("quantHardTanh(x")) + 1;
    expect(stdout).toContain(`zero.model.ts:${line}:`);
    expect(stdout).toMatch(/error nonzero-zero-point\n {2}[^\n]+\n {2}\d+ \| .*zeroPoint: 3.*\n {4,}\| +\^+\n/);
  });

  it("checks the other files when one cannot be read, then says which, exit code 2", async () => {
    const { code, stdout, stderr } = await check("none.model.ts", "float.model.ts", "--format", "json");
    expect((JSON.parse(stdout) as Report).files.map(({ file }) => file)).toEqual(["float.model.ts"]);
    expect(stderr).toMatch(/^quantlens: none\.model\.ts does not exist[^\n]+\n$/);
    expect(code).toBe(2);
  });

  it("takes other levels with --severity and other rules with --profile", async () => {
    expect((await check("zero.model.ts", "--severity", "nonzero-zero-point=warning")).code).toBe(0);
    const off = await check("zero.model.ts", "--severity", "nonzero-zero-point=off");
    expect(off.code).toBe(0);
    expect(off.stdout).not.toContain("nonzero-zero-point");
    expect((await check("float.model.ts", "--profile", "finn")).code).toBe(1);
  });

  it("refuses a level for what is no rule, and names the rule that is meant", async () => {
    const { code, stdout, stderr } = await check("small.model.ts", "--severity", "nonzero-zeropoint=off");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain('"nonzero-zeropoint", which is no rule: write nonzero-zero-point.');
    const dsl = await check("small.model.ts", "--severity", "duplicate-name=error", "--severity", "nosuch=off");
    expect(dsl.stderr).toContain('"nosuch"');
  });

  it("exits with 2 when a model cannot be run, with what was found in the format", async () => {
    const { code, stdout } = await check("broken.model.ts", "small.model.ts", "--format", "json");
    expect(code).toBe(2);
    const { files, counts } = JSON.parse(stdout) as Report;
    expect(files.map(({ file, ran }) => [file, ran])).toEqual([
      ["broken.model.ts", false],
      ["small.model.ts", true],
    ]);
    expect(files[0]?.findings[0]).toMatchObject({
      code: "syntax-error",
      severity: "error",
      range: { start: { line: 2 } },
    });
    expect(counts.error).toBeGreaterThan(0);
  });

  it("writes annotations for GitHub", async () => {
    const { code, stdout } = await check("zero.model.ts", "--format", "github");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^::error file=zero\.model\.ts,line=\d+,endLine=\d+,col=\d+,endColumn=\d+,title=nonzero-zero-point::/m,
    );
    for (const line of stdout.trimEnd().split("\n")) expect(line).toMatch(/^::(?:error|warning|notice) file=/);
  });

  it("writes a SARIF log whose results point at described rules and at places in the file", async () => {
    const { code, stdout } = await check("zero.model.ts", "--format", "sarif");
    expect(code).toBe(1);
    const log = JSON.parse(stdout) as {
      runs: [
        {
          tool: { driver: { rules: { id: string; shortDescription?: object }[] } };
          results: {
            ruleId: string;
            ruleIndex: number;
            locations: [{ physicalLocation: { region?: { startLine: number } } }];
          }[];
        },
      ];
    };
    const [{ tool, results }] = log.runs;
    const found = results.find(({ ruleId }) => ruleId === "nonzero-zero-point");
    expect(tool.driver.rules[found?.ruleIndex ?? -1]).toMatchObject({
      id: "nonzero-zero-point",
      shortDescription: { text: expect.any(String) as string },
    });
    const text = readFileSync(path.join(folder, "zero.model.ts"), "utf8").split("\n");
    expect(text[(found?.locations[0].physicalLocation.region?.startLine ?? 0) - 1]).toContain("zeroPoint: 3");
  });

  it("checks an ONNX file too", async () => {
    const file = path.resolve(import.meta.dirname, "../examples/bacalhaunet/bacalhaunet.onnx");
    const { code, stdout } = await check(file, "--format", "json");
    const { files } = JSON.parse(stdout) as Report;
    expect(code).toBe(0);
    expect(files[0]?.findings.map(({ code: found }) => found)).toContain("residual-not-requantised");
  });
});
