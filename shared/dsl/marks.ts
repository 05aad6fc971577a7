/**
 * The marks of an instrumented program: where in the model file the current call was written.
 *
 * The terminal's native run puts an object at `globalThis.__quantlens` before a marked program starts; who replays
 * the calls of a program knows from its record. A plain `node model.ts` has neither: then nothing has an origin, and
 * everything else works the same.
 */
import type { CallId, Origin } from "../graph/graph.js";

/** What stands at `globalThis.__quantlens`. */
export interface Marks {
  /** The chain of calls that are running, outermost first; the last one is the DSL function that asks. */
  origin(): Origin;
  /** Text of a call's callee (`convNormReLU`), from which layers get stable names. */
  callee?(call: CallId): string | undefined;
  /** Values that override the defaults of `param` and of `defineModel`'s parameters, by name. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** The marks of the program that runs here, if it is marked. */
export function globalMarks(): Marks | undefined {
  return (globalThis as { __quantlens?: Marks }).__quantlens;
}
