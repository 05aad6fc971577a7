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
import type { CallsPart, RunOutcome, RunRequest } from "./protocol.js";
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
  const carrying = new Carrying(request);
  const onCalls = (part: CallsPart): void => {
    if (signal?.aborted !== true) carrying.carryOut(part);
  };
  const outcome = await host.runner.run(request, { signal, onCalls });
  signal?.throwIfAborted();
  const printed = logProblems(marked, outcome.logs);
  const found = outcome.kind === "calls" ? carrying.ended(outcome) : definitionOf(outcome);
  if (!("kind" in found)) return { program, definition: found, problems: printed, dependencies };
  const problem = outcomeProblem(await loadTypeScript(), marked, found, { deadlineMs, memoryMb });
  return { program, definition: undefined, problems: [problem, ...printed], dependencies };
}

/** Carries out a program's calls beside the program: while it runs on, and the rest when it has ended. */
class Carrying {
  private readonly replay: Replay;
  /** What went wrong; it counts if the program comes to its end. */
  private failure: { readonly error: unknown } | undefined;

  constructor({ modules, parameters, deadlineMs }: RunRequest) {
    // As long as the program may run, the rest of its calls may take once more.
    const deadline = performance.now() + 2 * deadlineMs;
    this.replay = new Replay({ callee: calleeNames(modules), parameters, deadline });
  }

  carryOut(part: CallsPart): void {
    this.attempt(() => {
      this.replay.play((readBinaryValues(part) as readonly unknown[])[0]);
    });
  }

  /** The model that all calls describe. */
  ended({ part, model, logs }: RunOutcome & { kind: "calls" }): ModelDefinition | FailedOutcome {
    this.carryOut(part);
    const definition = this.attempt(() => this.replay.model(model));
    if (definition !== undefined) return definition;
    const error = this.failure?.error;
    const whereabouts = { calls: this.replay.origin.calls };
    if (error instanceof ReplayTimeoutError) return { kind: "timeout", whereabouts, logs };
    if (error instanceof ModelTooLargeError) {
      const { name, message } = error;
      return { kind: "failure", failure: { name, message, stack: "", whereabouts }, logs };
    }
    if (error instanceof RangeError) return { kind: "noDefault", logs };
    throw error;
  }

  /** Nothing is done after the first failure. */
  private attempt<T>(work: () => T): T | undefined {
    if (this.failure !== undefined) return undefined;
    try {
      return work();
    } catch (error) {
      this.failure = { error };
      return undefined;
    }
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
