/**
 * What marked code calls while it runs, put together as `globalThis.__quantlens`. Evaluated before the program, in
 * QuickJS and in native runs; touches no prototype.
 */
import type { Origin } from "../graph/graph.js";
import * as calls from "./call-marks.js";
import { origin, whereabouts, type Whereabouts } from "./chain-runtime.js";
import * as rows from "./row-marks.js";

export type { Whereabouts } from "./chain-runtime.js";

export interface MarksOptions {
  /** Told of a call that may never ask the interrupt handler, before it starts. */
  readonly note?: (id: number) => void;
  /** Gives the last name in a call's callee, for a DSL that runs beside the program: `block` of `this.block(x)`. */
  readonly callee?: (call: number) => string | undefined;
}

/** What the DSL, marked code and the host see as `globalThis.__quantlens`. */
export interface QuantlensGlobal {
  /** The chain at this moment: calls and rows, outermost first. */
  readonly origin: () => Origin;
  readonly callee?: (call: number) => string | undefined;
  /** Values for the model's parameters, by name. */
  parameters: Readonly<Record<string, unknown>>;
  readonly marks: typeof marks;
  /** For the host, when the program has failed: where it was. */
  readonly whereabouts: () => Whereabouts;
}

/** The short names by which marked code calls the marks (`markNames` in `instrument.ts`). */
const marks = Object.freeze({
  e: calls.left,
  a: calls.leftElements,
  n: calls.entering,
  n0: calls.enteringEmpty,
  q: calls.passing,
  u0: calls.imported,
  u1: calls.imported1,
  u2: calls.imported2,
  m: calls.enteringRisky,
  m0: calls.enteringRiskyEmpty,
  o: calls.linked,
  j0: calls.enteringLinkedEmpty,
  r: calls.leftChain,
  d: calls.depth,
  t: calls.recovered,
  h: calls.throwing,
  p: calls.riskyOperand,
  k: rows.receiving,
  y: rows.callingBack,
  l: rows.array,
  w: rows.arrayWithSpreads,
  s: rows.spread,
  v: rows.row,
  f: rows.turns,
  b: rows.startingLoop,
  c: rows.iterating,
  x: rows.leftLoop,
  g: rows.element,
  z: rows.startingBody,
});

/** Makes `globalThis.__quantlens`, for good: a program cannot replace it. */
export function installMarks({ note, callee }: MarksOptions = {}): void {
  if (note) calls.noteRiskyCalls(note);
  const value: QuantlensGlobal = { origin, ...(callee && { callee }), parameters: {}, marks, whereabouts };
  Object.defineProperty(globalThis, "__quantlens", { value, enumerable: false, writable: false, configurable: false });
}
