/** Runs a model file in the sandbox: from its text to what `defineModel` said, with every failure as a problem. */
import type { ModelDefinition } from "../dsl/definition.js";
import type { Problem } from "../problems.js";
import { readBinaryJson } from "./binary-json.js";
import { isModelDefinition } from "./definition-shape.js";
import { outcomeProblem } from "./failures.js";
import { logProblems } from "./logs.js";
import { markProgram, type SourceHost } from "./modules.js";
import type { Program } from "./program.js";
import type { RunOutcome } from "./protocol.js";
import type { SandboxRunner } from "./runner.js";
import { loadTypeScript } from "./typescript.js";

export { markProgram, type MarkedProgram, type SourceHost } from "./modules.js";

/** Where files come from and where they run. */
export interface SandboxHost extends SourceHost {
  readonly runner: SandboxRunner;
}

export interface EvaluateOptions {
  /** Running time after which the program is stopped, in milliseconds. */
  readonly deadlineMs: number;
  /** Memory of the program, in MiB. */
  readonly memoryMb: number;
  /** Values for the model's parameters, by name; others have their defaults. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Gives up: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Evaluation {
  /** Present even if the file does not parse. */
  readonly program: Program | undefined;
  /** Absent if the file could not be run to its end. */
  readonly definition: ModelDefinition | undefined;
  /** What kept the file from running. What the DSL found is in `definition.problems`. */
  readonly problems: readonly Problem[];
  /** All files that were looked for, found or not. */
  readonly dependencies: readonly string[];
}

/** Evaluates a model file. Never rejects because of what the file contains. */
export async function evaluateModel(entry: string, host: SandboxHost, options: EvaluateOptions): Promise<Evaluation> {
  const { deadlineMs, memoryMb, parameters = {}, signal } = options;
  const marked = await markProgram(entry, host);
  signal?.throwIfAborted();
  const { program, dependencies } = marked;
  if (marked.problems.length > 0) return { program, definition: undefined, problems: marked.problems, dependencies };
  const modules = [...marked.modules].map(([path, { code }]) => ({ path, code }));
  const outcome = await host.runner.run({ entry, modules, parameters, deadlineMs, memoryMb }, signal);
  signal?.throwIfAborted();
  const printed = logProblems(marked, outcome.logs);
  const value = valueOf(outcome);
  if (isModelDefinition(value)) return { program, definition: value, problems: printed, dependencies };
  const ending = "json" in outcome || "bytes" in outcome ? { kind: "noDefault" as const, logs: outcome.logs } : outcome;
  const problem = outcomeProblem(await loadTypeScript(), marked, ending, { deadlineMs, memoryMb });
  return { program, definition: undefined, problems: [problem, ...printed], dependencies };
}

/** What the program exported, if it is plain data. */
function valueOf(outcome: RunOutcome): unknown {
  if (outcome.kind === "value") return JSON.parse(outcome.json);
  try {
    return outcome.kind === "bytes" ? readBinaryJson(outcome.bytes) : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
