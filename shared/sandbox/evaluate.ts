/** Runs a model file in the sandbox: from its text to what `defineModel` said, with every failure as a problem. */
import type { ModelDefinition } from "../dsl/definition.js";
import type { Problem } from "../problems.js";
import { ModelTooLargeError } from "../dsl/session.js";
import { readBinaryJson, readBinaryValues } from "./binary-json.js";
import { calleeNames } from "./callee-names.js";
import { Replay, ReplayTimeoutError } from "./calls/replay.js";
import { isModelDefinition } from "./definition-shape.js";
import { outcomeProblem, type FailedOutcome } from "./failures.js";
import { logProblems } from "./logs.js";
import { markProgram, type SourceHost } from "./modules.js";
import type { Program } from "./program.js";
import type { RunOutcome, RunRequest } from "./protocol.js";
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
  const request: RunRequest = { entry, modules: marked.modules, parameters, deadlineMs, memoryMb };
  const outcome = await host.runner.run(request, signal);
  signal?.throwIfAborted();
  const printed = logProblems(marked, outcome.logs);
  const found = outcome.kind === "calls" ? replayed(request, outcome) : definitionOf(outcome);
  if (!("kind" in found)) return { program, definition: found, problems: printed, dependencies };
  const problem = outcomeProblem(await loadTypeScript(), marked, found, { deadlineMs, memoryMb });
  return { program, definition: undefined, problems: [problem, ...printed], dependencies };
}

/** The model that the recorded calls describe. */
function replayed(
  { modules, parameters, deadlineMs }: RunRequest,
  { parts, model, logs }: RunOutcome & { kind: "calls" },
): ModelDefinition | FailedOutcome {
  const deadline = performance.now() + deadlineMs;
  const replay = new Replay({ callee: calleeNames(modules), parameters, deadline });
  try {
    for (const part of parts) replay.play((readBinaryValues(part) as readonly unknown[])[0]);
    return replay.model(model);
  } catch (error) {
    const whereabouts = { calls: replay.origin.calls };
    if (error instanceof ReplayTimeoutError) return { kind: "timeout", whereabouts, logs };
    if (error instanceof ModelTooLargeError) {
      const { name, message } = error;
      return { kind: "failure", failure: { name, message, stack: "", whereabouts }, logs };
    }
    if (error instanceof RangeError) return { kind: "noDefault", logs };
    throw error;
  }
}

/** The model that was exported as plain data. */
function definitionOf(outcome: Exclude<RunOutcome, { kind: "calls" }>): ModelDefinition | FailedOutcome {
  if (outcome.kind !== "value" && outcome.kind !== "bytes") return outcome;
  const value = outcome.kind === "value" ? (JSON.parse(outcome.json) as unknown) : plainData(outcome.bytes);
  return isModelDefinition(value) ? value : { kind: "noDefault", logs: outcome.logs };
}

function plainData(bytes: Uint8Array): unknown {
  try {
    return readBinaryJson(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
