/**
 * What marked calls, `try` and `throw` call while the program runs; `instrument/calls.ts` and `statements.ts` say
 * where. A model of a thousand layers comes here some ten thousand times in an interpreter without a compiler, so
 * the functions that every call goes through do without iterators, closures and temporary arrays.
 */
import { chain, popCall, pushCall, pushRow, truncate } from "./chain-runtime.js";
import { derive, rowObjects, rowOfObject, takeReceiver } from "./rows-runtime.js";

const { stack } = chain;
const nothing: readonly never[] = Object.freeze([]);

/** Rows that were arguments of calls which have not begun yet: call, row, call, row, ... */
const waiting: number[] = [];

let note: ((id: number) => void) | undefined;
let noted = 0;

/** `listener` is told of calls that may never ask the interrupt handler, before they start. */
export function noteRiskyCalls(listener: (id: number) => void): void {
  note = listener;
}

function announce(id: number): void {
  if (note === undefined || noted === id) return;
  noted = id;
  note(id);
}

/** After a call: takes it off and passes its value on. */
export function left<T>(id: number, value: T): T {
  const top = chain.depth - 1;
  if (stack[top] === id) chain.depth = top;
  else popCall(id);
  return value;
}

/** The same for calls whose result may hold the receiver's rows. */
export function leftElements<T>(id: number, value: T, inOrder?: 1): T {
  popCall(id);
  derive(takeReceiver(id), value, inOrder === 1);
  return value;
}

/** After the last argument: the call begins. The other arguments are those that were plain names. */
export function entering<T>(id: number, last: T, first?: unknown, second?: unknown, third?: unknown): T {
  stack[chain.depth++] = id;
  if (rowObjects.exist) {
    if (first !== undefined) enterRow(first);
    if (second !== undefined) enterRow(second);
    if (third !== undefined) enterRow(third);
    enterRow(last);
    if (waiting.length > 0) enterWaiting(id);
  }
  return last;
}

/** The same for a call without arguments: what is spread into it. */
export function enteringEmpty(id: number): readonly never[] {
  stack[chain.depth++] = id;
  return nothing;
}

/** A row object among the arguments puts its row on the chain. */
function enterRow(value: unknown): void {
  const row = rowOfObject(value);
  if (row !== undefined) pushRow(row);
}

function enterWaiting(id: number): void {
  const first = waiting.indexOf(id);
  if (first === -1) return;
  for (let at = first; at < waiting.length; at += 2) if (waiting[at] === id) pushRow(waiting[at + 1] ?? 0);
  // What is left behind it was waiting for calls that threw.
  waiting.length = first;
}

/**
 * A call of a function of the DSL, which has no `this`: one mark instead of two, since they are most of a model's calls
 * and the interpreter reads each mark anew at every run. The function gets as many arguments as in the file.
 */
export function imported<T>(id: number, callee: () => T): T {
  stack[chain.depth++] = id;
  return left(id, callee());
}

export function imported1<T>(id: number, callee: (first: unknown) => T, first: unknown): T {
  stack[chain.depth++] = id;
  if (rowObjects.exist) enterRow(first);
  return left(id, callee(first));
}

export function imported2<T>(
  id: number,
  callee: (first: unknown, second: unknown) => T,
  first: unknown,
  second: unknown,
): T {
  stack[chain.depth++] = id;
  if (rowObjects.exist) {
    enterRow(first);
    enterRow(second);
  }
  return left(id, callee(first, second));
}

/** An argument before the last one that may be a row. */
export function passing<T>(id: number, value: T): T {
  const row = rowObjects.exist ? rowOfObject(value) : undefined;
  if (row !== undefined) waiting.push(id, row);
  return value;
}

/** `entering` where the host wants to know first. */
export function enteringRisky<T>(id: number, last: T): T {
  announce(id);
  pushCall(id);
  return last;
}

export function enteringRiskyEmpty(id: number): readonly never[] {
  announce(id);
  pushCall(id);
  return nothing;
}

/** Within an optional chain: the call before has ended. */
export function linked(previous: number): void {
  popCall(previous);
}

export function enteringLinkedEmpty(previous: number, id: number): readonly never[] {
  popCall(previous);
  pushCall(id);
  return nothing;
}

/** Before an optional chain or a `try`. */
export function depth(): number {
  return chain.depth;
}

/** After an optional chain. */
export function leftChain<T>(before: number, value: T): T {
  truncate(before);
  return value;
}

/** At the start of a `catch` or `finally`. */
export function recovered(before: number): void {
  truncate(before);
}

/** The operand of a `throw`. */
export function throwing<T>(id: number, value: T): T {
  chain.lastThrow = id;
  return value;
}

/** The right operand of an operator that may take ages. */
export function riskyOperand<T>(id: number, value: T): T {
  if (typeof value === "bigint") announce(id);
  return value;
}
