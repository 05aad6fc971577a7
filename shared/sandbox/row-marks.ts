/** What literals, loops and element reads call while the program runs; `instrument/literals.ts` and `statements.ts` say where. */
import { pushLoop, pushRead, pushRow, truncate, TurnEntry } from "./chain-runtime.js";
import { receiverOf, rowInElement, rowInTurn, spreadOf, tagArray, turnByTurn } from "./rows-runtime.js";

export { dropReads as startingBody } from "./chain-runtime.js";
export { flattenArray as arrayWithSpreads, keepReceiver as receiving, tagRow as row } from "./rows-runtime.js";

/** The callback of a method that goes through elements. */
export function callingBack(id: number, callback: unknown): unknown {
  return turnByTurn(receiverOf(id), callback, (row, call) => {
    const depth = pushRow(row);
    const result = call();
    truncate(depth);
    return result;
  });
}

/** An array literal whose elements have the ids `first`, `first + 1`, ... */
export function array<T extends readonly unknown[]>(first: number, value: T, literals?: string): T {
  tagArray(first, value, literals);
  return value;
}

/** `...value` of an array literal. */
export function spread(value: Iterable<unknown>): unknown {
  return spreadOf(value);
}

/** Before a loop, at each iteration, and after it. */
export function startingLoop(loop: number): number {
  return pushLoop(loop);
}

export function iterating(position: number): void {
  truncate(position + 1);
}

export function leftLoop(position: number): void {
  truncate(position);
}

/** `object[key]` */
export function element(object: Record<PropertyKey, unknown>, key: PropertyKey, isWeak?: 1): unknown {
  const value = object[key];
  const found = rowInElement(object, key, value);
  if (found !== undefined) pushRead(found, isWeak === 1);
  return value;
}

/** What a `for (... of ...)` goes through: the same, and it is noted at each step whose turn it is. */
export function turns(loop: number, iterable: unknown): unknown {
  return typeof iterable === "object" && iterable !== null ? new Turns(loop, iterable) : iterable;
}

class Turns {
  constructor(
    private readonly loop: number,
    private readonly iterable: object,
  ) {}

  [Symbol.iterator](): Iterator<unknown> {
    const { iterable } = this;
    const inner = (iterable as Iterable<unknown>)[Symbol.iterator]();
    const next = inner.next.bind(inner) as () => IteratorResult<unknown>;
    const entry = new TurnEntry(this.loop);
    let index = 0;
    return {
      next() {
        entry.next();
        const result = next();
        if (result.done) {
          entry.end();
          return { done: true, value: undefined };
        }
        const { value } = result;
        const found = rowInTurn(iterable, index, value);
        index += 1;
        if (found !== undefined) entry.take(found);
        return { done: false, value };
      },
      return() {
        entry.end();
        return inner.return?.() ?? { done: true, value: undefined };
      },
    };
  }
}
