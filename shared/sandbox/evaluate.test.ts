import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestRunner, memoryHost, testLimits } from "../testing/sandbox.js";
import { evaluateModel, type Evaluation } from "./evaluate.js";
import type { SandboxRunner } from "./runner.js";

let runner: SandboxRunner;
beforeAll(async () => {
  runner = await createTestRunner(path.resolve(import.meta.dirname, "testing/small-dsl.ts"));
});
afterAll(() => runner.dispose());

async function evaluate(text: string, files: Record<string, string> = {}, limits = testLimits): Promise<Evaluation> {
  return evaluateModel("/a/m.ts", memoryHost({ "/a/m.ts": text, ...files }, runner), limits);
}

describe("evaluateModel", () => {
  it("runs", async () => {
    const evaluation = await evaluate(`import { defineModel, layer } from "quantlens";
const blocks = [{ k: 3 }, { k: 5 }];
function helper(x: unknown, b: { k: number }) { return layer(x, "h" + b.k); }
export default defineModel({ forward(x) { for (const b of blocks) x = helper(x, b); return layer(x); } });`);
    expect(evaluation.problems).toEqual([]);
    expect(evaluation.definition).toMatchObject({ layers: [{ name: "h3" }, { name: "h5" }, { name: "" }] });
  });
});
