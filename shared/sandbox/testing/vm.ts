/**
 * Runs a text in a fresh realm of Node, once as TypeScript's own emitter writes it and once marked, to see
 * that marking changes nothing and that the chain is what it should be.
 */
import path from "node:path";
import vm from "node:vm";
import { build } from "esbuild";
import { instrument, type Marked } from "../instrument/instrument.js";
import { loadTypeScript } from "../typescript.js";

const { outputFiles } = await build({
  stdin: {
    contents: 'import { installMarks } from "./marks-runtime.js"; installMarks();',
    resolveDir: path.resolve(import.meta.dirname, ".."),
  },
  bundle: true,
  write: false,
  format: "iife",
  target: "es2022",
});
const marksCode = outputFiles[0]?.text ?? "";

const ts = await loadTypeScript();

export interface VmRun {
  /** What the text gave to `log`, and the exception that left it, if any. */
  readonly logged: readonly unknown[];
  /** Depth of the chain at the end; 0 if every call was taken off. */
  readonly left: readonly number[];
}

export function mark(text: string, fileName = "m.ts"): Marked {
  const kind = fileName.endsWith(".js") ? ts.ScriptKind.JS : ts.ScriptKind.TS;
  return instrument(ts, ts.createSourceFile(fileName, text, ts.ScriptTarget.ESNext, false, kind), 0);
}

/** As the emitter writes it, unmarked. */
export function runPlain(text: string, extra: Record<string, unknown> = {}): VmRun {
  const { outputText } = ts.transpileModule(text, {
    fileName: "m.ts",
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, sourceMap: false },
  });
  return run(outputText, extra);
}

export function runMarked(text: string, extra: Record<string, unknown> = {}): VmRun {
  return run(mark(text).code, extra);
}

/** Runs a script in strict mode. `log` collects values by their JSON-like text. */
export function run(code: string, extra: Record<string, unknown> = {}): VmRun {
  const logged: unknown[] = [];
  const context = vm.createContext({ ...extra });
  vm.runInContext(marksCode, context);
  context.log = (...values: unknown[]) => logged.push(...values.map((value) => show(value)));
  try {
    vm.runInContext(`(() => {"use strict";${code}\n})()`, context, { filename: "m.ts", timeout: 5000 });
  } catch (error) {
    const { name } = (error ?? {}) as { name?: unknown };
    logged.push(`thrown: ${typeof name === "string" ? name : show(error)}`);
    if (name === "SyntaxError") throw error;
  }
  const { calls } = vm.runInContext("globalThis.__quantlens.origin()", context) as { calls: number[] };
  return { logged, left: calls };
}

function show(value: unknown): string {
  if (typeof value === "function") return `function ${value.name}/${value.length}`;
  if (typeof value === "bigint") return `${value}n`;
  if (value === undefined || typeof value === "symbol" || Object.is(value, -0))
    return Object.is(value, -0) ? "-0" : String(value);
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "function" || inner === undefined || typeof inner === "bigint" ? String(inner) : inner,
  );
}
