/** What went wrong while a program ran, as one problem at the place that is to blame. */
import { ModelTooLargeError } from "../dsl/session.js";
import type { Problem } from "../problems.js";
import type { Whereabouts } from "./marks-runtime.js";
import type { MarkedProgram } from "./modules.js";
import {
  awaitRange,
  isOnStack,
  missingNameRange,
  readOnlyRange,
  repeatedImport,
  siteRange,
  stackRange,
} from "./positions.js";
import type { SourceRange } from "./program.js";
import type { Failure, RunOutcome } from "./protocol.js";
import type { TypeScriptLibrary } from "./typescript.js";

export interface Limits {
  readonly deadlineMs: number;
  readonly memoryMb: number;
}

/** Where failures are looked up. */
interface Context {
  readonly library: TypeScriptLibrary;
  readonly program: MarkedProgram;
  readonly limits: Limits;
}

/** An outcome that is no model. */
export type FailedOutcome = Exclude<RunOutcome, { kind: "value" | "bytes" | "calls" }>;

/** The problem that an outcome without a model is. */
export function outcomeProblem(
  library: TypeScriptLibrary,
  program: MarkedProgram,
  outcome: FailedOutcome,
  limits: Limits,
): Problem {
  switch (outcome.kind) {
    case "noDefault":
      return error(
        "no-model",
        "The file exports no model: write `export default defineModel({ ... })`.",
        modelRange(program),
      );
    case "pending":
      return error(
        "never-settles",
        "This `await` waits for something that never comes, since nothing outside the model can answer it: remove it.",
        awaitRange(library, program) ?? modelRange(program),
      );
    case "timeout":
      return timeoutProblem(program, outcome, limits);
    case "failure":
      return failureProblem({ library, program, limits }, outcome.failure);
  }
}

function timeoutProblem(
  program: MarkedProgram,
  { call, whereabouts }: RunOutcome & { kind: "timeout" },
  limits: Limits,
): Problem {
  const range = (call === undefined ? undefined : siteRange(program, call)) ?? place(program, whereabouts);
  return error(
    "deadline-exceeded",
    `The model was not finished after ${limits.deadlineMs / 1000} s and was stopped${range ? " here" : ""}: look for a loop or a call that does not end.`,
    range ?? modelRange(program),
  );
}

/** Messages of the interpreter for something that is larger than it can be. */
const tooLarge =
  /out of memory|invalid array buffer length|invalid array length|invalid repeat count|string too long|too large to allocate|invalid length/;
const tooDeep = /stack overflow|call stack size/;
const readOnly = /^'(.*)' is read-only$/;
/** How linking fails at a name of a module, and what to say of it. */
const unlinked: readonly (readonly [RegExp, (name: string) => string])[] = [
  [
    /could not find export '(.*)' in module '(.*)'/i,
    (name) => `exports no \`${name}\`: correct the name, or write \`type ${name}\` if it is a type.`,
  ],
  [
    /circular reference when looking for export '(.*)' in module '(.*)'/i,
    (name) => `passes \`${name}\` on in a circle in which no file has it: export it where it is made.`,
  ],
  [
    /export '(.*)' in module '(.*)' is ambiguous/i,
    (name) => `has \`${name}\` from several files by \`export *\`: import it from the one that is meant.`,
  ],
];
const notDefined =
  /^'?(process|require|module|Buffer|setTimeout|setInterval|setImmediate|fetch|window|document|__dirname|__filename|structuredClone|URL|performance)'? is not defined$/;

function failureProblem(context: Context, failure: Failure): Problem {
  const { library, program, limits } = context;
  const { name, message, stack, whereabouts } = failure;
  const inStack = stackRange(library, program, stack);
  const running = place(program, whereabouts) ?? inStack ?? modelRange(program);
  const written = readOnly.exec(message)?.[1];
  const inVain = written === undefined ? undefined : readOnlyRange(library, program, written, stack);
  const range = thrownRange(program, failure) ?? inVain ?? inStack ?? running;
  if (tooDeep.test(message)) {
    return error(
      "stack-overflow",
      "The calls are nested too deeply: look for a function that calls itself without an end.",
      running,
    );
  }
  if (message === new ModelTooLargeError().message) {
    const most = "20,000 layers, or ten million sizes, values and letters of names";
    return error("out-of-memory", `The model is larger than can be shown (${most}): make it smaller.`, range);
  }
  if (tooLarge.test(message)) {
    return error(
      "out-of-memory",
      `The model may use ${limits.memoryMb} MiB of memory and this needs more: make it smaller.`,
      range,
    );
  }
  for (const [pattern, say] of unlinked) {
    const found = pattern.exec(message);
    if (found) return unlinkedName(context, found, say);
  }
  const repeated = /duplicate import binding/i.test(message) ? repeatedImport(library, program, stack) : undefined;
  if (repeated) {
    const { local, range: there } = repeated;
    return error("syntax-error", `\`${local}\` is imported a second time: remove one of the imports.`, there);
  }
  if (name === "SyntaxError") return error("syntax-error", `${capitalized(message)}.`, range);
  const global = notDefined.exec(message)?.[1];
  if (global !== undefined) {
    return error(
      "model-throws",
      `There is no \`${global}\` here: a model file has the language itself and what it imports, nothing else.`,
      range,
    );
  }
  const described = message === "" ? "an error without a message" : shortened(message);
  return error("model-throws", name === "" ? `Thrown: ${described}` : `${shortened(name)}: ${described}`, range);
}

function unlinkedName(
  { library, program }: Context,
  [, name = "", path = ""]: RegExpExecArray,
  say: (name: string) => string,
): Problem {
  const place = missingNameRange(library, program, name, path);
  const message = `"${place?.specifier ?? path}" ${say(place?.name ?? name)}`;
  return error("import-not-found", message, place?.range ?? modelRange(program));
}

/**
 * The last `throw`, if it is what failed: of a value that is no error, and so has no stack, or of an error that was made
 * there, be it in the constructor of a class of the program's own.
 */
function thrownRange(program: MarkedProgram, { stack, whereabouts }: Failure): SourceRange | undefined {
  const range = whereabouts?.thrown === undefined ? undefined : siteRange(program, whereabouts.thrown);
  return range && (stack === "" || isOnStack(program, stack, range)) ? range : undefined;
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

/** Longest text of the program's own that is shown. */
const maxText = 1000;

function shortened(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}…` : text;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function error(code: string, message: string, { file, start, end }: SourceRange): Problem {
  return { code, severity: "error", message, target: { kind: "range", file, start, end } };
}
