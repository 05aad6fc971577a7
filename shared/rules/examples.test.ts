/** The examples of every rule do what its page says: the bad one is reported, the good one is not. */
import { describe, expect, it } from "vitest";
import type { Problem } from "../problems.js";
import { analyzeOnnxText, analyzeText } from "../testing/fixture.js";
import { rules } from "./index.js";
import type { Profile, Rule } from "./types.js";

const profiles: readonly Profile[] = ["itu2021", "finn", "hls4ml", "qcdq"];

function profileOf({ examples, severity }: Rule): Profile {
  return examples.profile ?? profiles.find((profile) => severity[profile] !== "off") ?? "itu2021";
}

async function problemsOf(rule: Rule, text: string): Promise<readonly Problem[]> {
  const { language, weights } = rule.examples;
  const options = { profile: profileOf(rule), ...(weights && { weights }) };
  const analysis = language === "onnx" ? analyzeOnnxText(text, options) : await analyzeText(text, options);
  expect(analysis.graph, "a graph").toBeDefined();
  return analysis.problems;
}

describe.each(rules.map((rule) => [rule.code, rule] as const))("%s", (code, rule) => {
  it("reports its bad example", async () => {
    const problems = await problemsOf(rule, rule.examples.bad);
    expect(problems.map((problem) => problem.code)).toContain(code);
  });

  it("accepts its good example", async () => {
    const problems = await problemsOf(rule, rule.examples.good);
    expect(problems.filter((problem) => problem.code === code).map(({ message }) => message)).toEqual([]);
  });

  it("writes messages as one sentence", async () => {
    const problems = await problemsOf(rule, rule.examples.bad);
    for (const { message } of problems.filter((problem) => problem.code === code)) {
      expect(message).toMatch(/^[A-Za-z0-9][^]*[^.]\.$/);
      expect(message).not.toMatch(/undefined|NaN|\[object/);
    }
  });
});

describe("the list of rules", () => {
  it("has unique codes in alphabetical order", () => {
    const codes = rules.map((rule) => rule.code);
    expect(codes).toEqual([...new Set(codes)].sort());
  });
});
