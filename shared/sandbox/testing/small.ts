/** The sandbox with a DSL of two functions, and the shorthand that its tests speak. */
import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import { createTestRunner, memoryHost, testLimits } from "../../testing/sandbox.js";
import { evaluateModel, type EvaluateOptions, type Evaluation } from "../evaluate.js";
import type { SandboxRunner } from "../runner.js";

export const imports = 'import { defineModel, layer } from "quantlens";\n';

export interface SmallSandbox {
  /** Evaluates `/a/m.ts`, which has this text, beside other files. */
  evaluate(
    text: string,
    files?: Readonly<Record<string, string>>,
    options?: Partial<EvaluateOptions>,
  ): Promise<Evaluation>;
  readonly runner: SandboxRunner;
}

/** To be called at the top of a test file: starts the workers before its tests and ends them after. */
export function smallSandbox(): SmallSandbox {
  let runner: SandboxRunner | undefined;
  const running = (): SandboxRunner => {
    if (runner === undefined) throw new Error("The sandbox is there only while tests run.");
    return runner;
  };
  beforeAll(async () => {
    runner = await createTestRunner(path.resolve(import.meta.dirname, "small-dsl.ts"));
  });
  afterAll(() => running().dispose());
  return {
    evaluate: (text, files = {}, options = {}) =>
      evaluateModel("/a/m.ts", memoryHost({ "/a/m.ts": text, ...files }, running()), { ...testLimits, ...options }),
    get runner() {
      return running();
    },
  };
}

/** `code: message @ text` of each problem: all that there is to say about it. */
export function told({ problems, program }: Evaluation): string[] {
  return problems.map(({ code, message, target }) => {
    if (target.kind !== "range") throw new Error("The sandbox's problems have ranges.");
    const text = program?.files.get(target.file)?.text.slice(target.start, target.end) ?? "";
    const file = target.file === "/a/m.ts" ? "" : ` in ${target.file}`;
    return `${code}: ${message} @ ${text.replaceAll(/\s+/g, " ")}${file}`;
  });
}

/** Each layer of a run as `name: chain of callees | rows`. */
export function chains({ definition, program }: Evaluation): string[] {
  return (definition?.graph.layers ?? []).map(({ name, origin }) => {
    const calls = origin?.calls.map((id) => program?.calls.get(id)?.callee ?? "?") ?? [];
    const rows = origin?.rows.map((id) => {
      const row = program?.elements.get(id);
      return row ? (program?.files.get(row.file)?.text.slice(row.start, row.end) ?? "?") : "?";
    });
    return `${name}: ${calls.join(" > ")}${rows?.length ? ` | ${rows.join(" | ")}` : ""}`;
  });
}

/** The rows alone, per layer. */
export function rowsOf(evaluation: Evaluation): string[] {
  return chains(evaluation).map((line) => line.split(" | ").slice(1).join(" | "));
}
