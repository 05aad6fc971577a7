/**
 * The marks of an instrumented program: where in the model file the current call was written.
 *
 * The sandbox (and the terminal's native run) puts an object at `globalThis.__quantlens` before a marked program
 * starts. A plain `node model.ts` has none: then nothing has an origin, and everything else works the same.
 */
import type { CallId, Origin } from "../graph/graph.js";

/** What stands at `globalThis.__quantlens`. */
export interface Marks {
  /** The chain of calls that are running, outermost first; the last one is the DSL function that asks. */
  origin(): Origin;
  /** Source text of a call's callee (`convNormReLU`), from which layers get stable names. */
  callee?(call: CallId): string | undefined;
  /** Values that override the defaults of `param` and of `defineModel`'s parameters, by name. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

function marks(): Marks | undefined {
  return (globalThis as { __quantlens?: Marks }).__quantlens;
}

/** Where the running DSL call was written; to be asked first thing, before any other marked call. */
export function currentOrigin(): Origin | undefined {
  return marks()?.origin();
}

/** Source text of a call's callee, when the program is marked. */
export function calleeOf(call: CallId): string | undefined {
  return marks()?.callee?.(call);
}

/** The value that overrides a parameter's default, or `undefined`. */
export function parameterOverride(name: string): unknown {
  const parameters = marks()?.parameters;
  return parameters !== undefined && Object.hasOwn(parameters, name) ? parameters[name] : undefined;
}
