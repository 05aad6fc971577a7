/** The chain (`chain.ts`) of the program that runs in this realm. */
import type { Origin } from "../graph/graph.js";
import { loopOffset, originOf, readOffset, rowOf } from "./chain.js";
import { areNeighbours, type RowId } from "./rows-runtime.js";

export interface Whereabouts {
  readonly calls: readonly number[];
  /** The innermost loop, if it is inside the innermost call. */
  readonly loop?: number;
  /** The last `throw`. */
  readonly thrown?: number;
}

/** There is one program per realm, and so one chain. `depth` entries of the stack are in use. */
export const chain: { readonly stack: number[]; depth: number; lastThrow: number | undefined } = {
  stack: [],
  depth: 0,
  lastThrow: undefined,
};

/** Positions of rows that give way to a plain `a[i]`. */
const weak = new Set<number>();

/** Calls and rows at this moment, outermost first. */
export function origin(): Origin {
  return originOf(chain.stack, chain.depth);
}

/** The entries themselves, for who makes an origin of them later. */
export function entries(): number[] {
  return chain.stack.slice(0, chain.depth);
}

/** The call in progress. */
export function currentCall(): number | undefined {
  return origin().calls.at(-1);
}

export function whereabouts(): Whereabouts {
  let top = chain.depth - 1;
  while (top >= 0 && entryAt(top) < 0) top -= 1;
  const entry = entryAt(top);
  return {
    calls: origin().calls,
    ...(entry >= loopOffset && { loop: entry - loopOffset }),
    ...(chain.lastThrow !== undefined && { thrown: chain.lastThrow }),
  };
}

function entryAt(position: number): number {
  return chain.stack[position] ?? 0;
}

function push(entry: number): number {
  chain.stack[chain.depth] = entry;
  return chain.depth++;
}

export function pushCall(id: number): void {
  chain.stack[chain.depth++] = id;
}

/** Takes a call and all above it off. A call that threw was left on the chain: the last one is meant. */
export function popCall(id: number): void {
  for (let at = chain.depth - 1; at >= 0; at -= 1) {
    if (chain.stack[at] !== id) continue;
    chain.depth = at;
    return;
  }
}

export function pushLoop(id: number): number {
  return push(id + loopOffset);
}

/** Puts a row on the chain unless its turn it is already. Returns the depth before. */
export function pushRow(row: RowId): number {
  const { depth } = chain;
  for (let at = depth - 1; at >= 0; at -= 1) if (entryAt(at) < 0 && rowOf(entryAt(at)) === row) return depth;
  return push(-row);
}

export function truncate(depth: number): void {
  if (chain.depth > depth) chain.depth = depth;
}

/** Drops rows at the top that were read by index. */
export function dropReads(): void {
  while (chain.depth > 0 && entryAt(chain.depth - 1) < -readOffset) chain.depth -= 1;
}

/**
 * A row that is read by index counts until the iteration or the call ends; one row per array, the first. A weak one
 * (`a[i - 1]`) gives way to the next.
 */
export function pushRead(row: RowId, isWeak: boolean): void {
  for (let at = chain.depth - 1; at >= 0; at -= 1) {
    const entry = entryAt(at);
    if (entry > 0) break;
    if (!areNeighbours(rowOf(entry), row)) continue;
    if (weak.has(at) && !isWeak) {
      chain.stack[at] = -row - readOffset;
      weak.delete(at);
    }
    return;
  }
  if (isWeak) weak.add(chain.depth);
  else weak.delete(chain.depth);
  push(-row - readOffset);
}

/** The one entry of a `for ... of` loop: the loop itself, or the row whose turn it is. */
export class TurnEntry {
  private readonly marker: number;
  private own: number;
  private position: number;

  constructor(loop: number) {
    this.marker = loop + loopOffset;
    this.own = this.marker;
    this.position = push(this.marker);
  }

  /** Before each step. */
  next(): void {
    const { marker, position } = this;
    if (position < chain.depth && entryAt(position) === this.own) {
      // In place: taken off and put on again, the loop could not be named if the deadline fell in between.
      chain.stack[position] = marker;
      truncate(position + 1);
    } else {
      this.position = push(marker);
    }
    this.own = marker;
  }

  take(row: RowId): void {
    this.own = -row;
    chain.stack[this.position] = this.own;
  }

  /** A generator may go on at another depth than it was left at: then the entry is someone else's. */
  end(): void {
    if (entryAt(this.position) === this.own) truncate(this.position);
  }
}
