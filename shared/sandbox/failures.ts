/** What went wrong while a program ran, as one problem at the place that is to blame. */
import type { Problem } from "../problems.js";
import type { Whereabouts } from "./marks-runtime.js";
import type { MarkedProgram } from "./modules.js";
import { siteRange, stackRange } from "./positions.js";
import type { SourceRange } from "./program.js";
import type { Failure, RunOutcome } from "./protocol.js";
import type { TypeScriptLibrary } from "./typescript.js";

export interface Limits {
  readonly deadlineMs: number;
  readonly memoryMb: number;
}

/** The problem that an outcome without a value is. */
export function outcomeProblem(
  library: TypeScriptLibrary,
  program: MarkedProgram,
  outcome: Exclude<RunOutcome, { kind: "value" }>,
  limits: Limits,
): Problem {
  const entry: SourceRange = modelRange(program);
  switch (outcome.kind) {
    case "noDefault":
      return error("no-model", "The file exports no model: write `export default defineModel({ ... })`.", entry);
    case "pending":
      return error(
        "never-settles",
        "The file waits with `await` for something that never comes: nothing outside the model can answer it, so remove the `await`.",
        place(program, outcome.whereabouts) ?? entry,
      );
    case "timeout":
      return error(
        "deadline-exceeded",
        `The model was not finished after ${limits.deadlineMs / 1000} s and was stopped here: look for a loop or a call that does not end.`,
        (outcome.call === undefined ? undefined : siteRange(program, outcome.call)) ?? place(program, outcome.whereabouts) ?? entry,
      );
    case "failure":
      return failureProblem(library, program, outcome.failure, limits, entry);
  }
}

function failureProblem(
  library: TypeScriptLibrary,
  program: MarkedProgram,
  failure: Failure,
  limits: Limits,
  entry: SourceRange,
): Problem {
  const { name, message, stack, whereabouts } = failure;
  const thrown = stack === "" && whereabouts?.thrown !== undefined ? siteRange(program, whereabouts.thrown) : undefined;
  const range = stackRange(library, program, stack) ?? thrown ?? place(program, whereabouts) ?? entry;
  if (name === "InternalError" && message.includes("out of memory")) {
    return error("out-of-memory", `The model needs more than ${limits.memoryMb} MB of memory: make what is built here smaller.`, range);
  }
  if (message.includes("stack overflow") || message.includes("call stack size")) {
    return error("stack-overflow", "The calls are nested too deeply: look for a function that calls itself without an end.", range);
  }
  if (name === "SyntaxError") return error("syntax-error", `${sentence(message)}.`, range);
  return error("model-throws", `${name === "" ? "" : `${name}: `}${message}`, range);
}

/** The innermost loop or call that was running. */
function place(program: MarkedProgram, whereabouts: Whereabouts | undefined): SourceRange | undefined {
  const id = whereabouts?.loop ?? whereabouts?.calls.at(-1);
  return id === undefined ? undefined : siteRange(program, id);
}

/** The `defineModel` call's name, or the start of the file. */
function modelRange({ program }: MarkedProgram): SourceRange {
  const call = program.modelCall === undefined ? undefined : program.calls.get(program.modelCall);
  return call ? { file: call.file, ...call.calleeSpan } : { file: program.entry, start: 0, end: 0 };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function error(code: string, message: string, { file, start, end }: SourceRange): Problem {
  return { code, severity: "error", message, target: { kind: "range", file, start, end } };
}
