import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { dslProblemCodes } from "../dsl/problem-codes.js";
import { dslProblemSeverity, problemPages } from "./dsl-problems.js";
import { rulePages } from "./documentation.js";

const folder = path.resolve(import.meta.dirname, "../../docs/rules");

describe("docs/rules", () => {
  it.each([...rulePages()])("%s is up to date (node scripts/rule-docs.mjs)", (name, text) => {
    const file = path.join(folder, name);
    expect(existsSync(file) ? readFileSync(file, "utf8") : "no such file").toBe(text);
  });

  it("has no pages of codes that are gone", () => {
    expect(readdirSync(folder).sort()).toEqual([...rulePages().keys()].sort());
  });

  it("has a page for everything that the DSL reports", () => {
    for (const code of Object.keys(dslProblemCodes)) expect(rulePages().has(`${code}.md`), code).toBe(true);
  });

  it("has a page for everything that the sandbox reports", () => {
    const sandbox = path.resolve(import.meta.dirname, "../sandbox");
    const sources = ["failures.ts", "modules.ts"].map((name) => readFileSync(path.join(sandbox, name), "utf8"));
    const codes = sources.flatMap((text) =>
      Array.from(text.matchAll(/(?:error|problem)\(\s*"([a-z]+(?:-[a-z]+)+)"/g), ([, code]) => code),
    );
    expect(codes.length).toBeGreaterThan(5);
    for (const code of codes) expect(problemPages.map((page) => page.code)).toContain(code);
  });
});

describe("severities of DSL problems", () => {
  it("are errors where a guess stands in, and warnings for slips", () => {
    expect(dslProblemSeverity("shape-mismatch", "itu2021")).toBe("error");
    expect(dslProblemSeverity("unknown-option", "itu2021")).toBe("warning");
    expect(dslProblemSeverity("scale-not-power-of-two", "hls4ml")).toBe("error");
    expect(dslProblemSeverity("scale-not-power-of-two", "finn")).toBe("warning");
  });
});
