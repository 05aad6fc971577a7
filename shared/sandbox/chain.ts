/**
 * The chain: which calls are in progress and in whose turn they are made, as one stack of numbers. A call is its id.
 * A row is -id; a row that was read by index is -id - `readOffset`, since the next iteration drops it. A running loop
 * is id + `loopOffset`.
 */
import type { Origin } from "../graph/graph.js";

export const readOffset = 2 ** 32;
export const loopOffset = 2 ** 32;

/** The row of an entry below 0. */
export function rowOf(entry: number): number {
  return entry < -readOffset ? -entry - readOffset : -entry;
}

/** The calls of the first `depth` entries, and each row once; outermost first. */
export function originOf(stack: readonly number[], depth: number): Origin {
  const calls: number[] = [];
  let rows: Set<number> | undefined;
  for (let at = 0; at < depth; at += 1) {
    const entry = stack[at] ?? 0;
    if (entry < 0) (rows ??= new Set()).add(rowOf(entry));
    else if (entry < loopOffset) calls.push(entry);
  }
  return { calls, rows: rows ? [...rows] : [] };
}
