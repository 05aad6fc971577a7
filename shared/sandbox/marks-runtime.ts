/**
 * What marked code calls while it runs: keeps the chain of calls in progress and the config rows in whose turn
 * they are made. Evaluated before the program, in QuickJS and in native runs; touches no prototype.
 *
 * The chain is one stack of numbers. A call is its id. A row is -id; a row that was read by index is
 * -id - `readOffset`, since the next iteration drops it. A running loop is id + `loopOffset`.
 *
 * A model of a thousand layers comes here some ten thousand times in an interpreter without a compiler, so the
 * functions that every call goes through do without iterators, closures and temporary arrays.
 */
import { RowTable, type RowId } from "./rows-runtime.js";

const readOffset = 2 ** 32;
const loopOffset = 2 ** 32;

export interface MarksOptions {
  /** Told of a call that may never ask the interrupt handler, before it starts. */
  readonly note?: (id: number) => void;
}

/** What the DSL and the host see as `globalThis.__quantlens`. */
export interface QuantlensGlobal {
  /** The chain at this moment: calls and rows, outermost first. */
  readonly origin: () => { calls: number[]; rows: number[] };
  /** Last name in a call's callee: `block` of `this.block(x)`. */
  readonly callee: (call: number) => string | undefined;
  /** What a marked file says first: the callees of its calls, one per line. */
  readonly names: (baseId: number, list: string) => void;
  /** Values for the model's parameters, by name. */
  parameters: Readonly<Record<string, unknown>>;
  readonly marks: Marks;
  /** For the host, when the program has failed: where it was. */
  readonly whereabouts: () => Whereabouts;
}

export interface Whereabouts {
  readonly calls: readonly number[];
  /** The innermost loop, if it is inside the innermost call. */
  readonly loop?: number;
  /** The last `throw`. */
  readonly thrown?: number;
}

type Marks = ReturnType<typeof callMarks> & ReturnType<typeof rowMarks>;

/** Makes `globalThis.__quantlens`, for good: a program cannot replace it. */
export function installMarks(options: MarksOptions = {}): void {
  const chain = new Chain();
  const rows = new RowTable();
  const callees = new CalleeNames();
  const value: QuantlensGlobal = {
    origin: () => chain.origin(),
    callee: (call) => callees.get(call),
    names: (baseId, list) => {
      callees.add(baseId, list);
    },
    parameters: {},
    marks: Object.freeze({ ...callMarks(chain, rows, options), ...rowMarks(chain, rows) }),
    whereabouts: () => chain.whereabouts(),
  };
  Object.defineProperty(globalThis, "__quantlens", { value, enumerable: false, writable: false, configurable: false });
}

/** Names of callees; the lists are split when the first one is asked for. */
class CalleeNames {
  private readonly files: { readonly baseId: number; list: string | readonly string[] }[] = [];

  add(baseId: number, list: string): void {
    this.files.push({ baseId, list });
  }

  get(call: number): string | undefined {
    let file: (typeof this.files)[number] | undefined;
    for (const candidate of this.files) {
      if (candidate.baseId < call && candidate.baseId >= (file?.baseId ?? 0)) file = candidate;
    }
    if (file === undefined) return undefined;
    if (typeof file.list === "string") file.list = file.list.split("\n");
    const name = file.list[call - file.baseId - 1];
    return name === "" ? undefined : name;
  }
}

/** The stack; `depth` entries of it are in use. */
class Chain {
  readonly stack: number[] = [];
  depth = 0;
  lastThrow: number | undefined;
  /** Positions of rows that give way to a plain `a[i]`. */
  private readonly weak = new Set<number>();

  origin(): { calls: number[]; rows: number[] } {
    const { stack, depth } = this;
    const calls: number[] = [];
    const rows: number[] = [];
    for (let at = 0; at < depth; at += 1) {
      const entry = stack[at] ?? 0;
      if (entry < 0) {
        const row = rowOf(entry);
        if (!rows.includes(row)) rows.push(row);
      } else if (entry < loopOffset) {
        calls.push(entry);
      }
    }
    return { calls, rows };
  }

  whereabouts(): Whereabouts {
    let top = this.depth - 1;
    while (top >= 0 && this.at(top) < 0) top -= 1;
    const entry = this.at(top);
    return {
      calls: this.origin().calls,
      ...(entry >= loopOffset && { loop: entry - loopOffset }),
      ...(this.lastThrow !== undefined && { thrown: this.lastThrow }),
    };
  }

  at(position: number): number {
    return this.stack[position] ?? 0;
  }

  push(entry: number): number {
    this.stack[this.depth] = entry;
    return this.depth++;
  }

  /** Takes a call and all above it off. A call that threw was left on the chain: the last one is meant. */
  leave(id: number): void {
    for (let at = this.depth - 1; at >= 0; at -= 1) {
      if (this.stack[at] !== id) continue;
      this.depth = at;
      return;
    }
  }

  truncate(depth: number): void {
    if (this.depth > depth) this.depth = depth;
  }

  /** Drops rows at the top that were read by index. */
  dropReads(): void {
    while (this.depth > 0 && this.at(this.depth - 1) < -readOffset) this.depth -= 1;
  }

  hasRow(row: RowId): boolean {
    for (let at = this.depth - 1; at >= 0; at -= 1) if (this.at(at) < 0 && rowOf(this.at(at)) === row) return true;
    return false;
  }

  /** A row that is read by index counts until the iteration or the call ends; one row per array, the first. */
  read(row: RowId, table: RowTable, isWeak: boolean): void {
    for (let at = this.depth - 1; at >= 0; at -= 1) {
      const entry = this.at(at);
      if (entry > 0) break;
      if (!table.areNeighbours(rowOf(entry), row)) continue;
      if (this.weak.has(at) && !isWeak) {
        this.stack[at] = -row - readOffset;
        this.weak.delete(at);
      }
      return;
    }
    if (isWeak) this.weak.add(this.depth);
    else this.weak.delete(this.depth);
    this.push(-row - readOffset);
  }
}

function rowOf(entry: number): RowId {
  return entry < -readOffset ? -entry - readOffset : -entry;
}

/** What marked calls, `try` and `throw` call; `instrument/calls.ts` and `statements.ts` say where. */
function callMarks(chain: Chain, rows: RowTable, { note }: MarksOptions) {
  const { stack } = chain;
  const nothing: readonly never[] = Object.freeze([]);
  /** Rows that were arguments of calls which have not begun yet: call, row, call, row, ... */
  const waiting: number[] = [];
  let noted = 0;

  const announce = (id: number): void => {
    if (note === undefined || noted === id) return;
    noted = id;
    note(id);
  };
  /** A row object among the arguments puts its row on the chain. */
  const enterRow = (value: unknown): void => {
    const row = rows.ofObject(value);
    if (row !== undefined && !chain.hasRow(row)) chain.push(-row);
  };
  const enterWaiting = (id: number): void => {
    for (let at = waiting.indexOf(id); at !== -1 && at < waiting.length; at += 2) {
      const row = waiting[at + 1] ?? 0;
      if (waiting[at] === id && !chain.hasRow(row)) chain.push(-row);
    }
    // What is left behind it was waiting for calls that threw.
    waiting.length = Math.max(waiting.indexOf(id), 0);
  };
  return {
    /** After a call: takes it off and passes its value on. */
    e<T>(id: number, value: T): T {
      const top = chain.depth - 1;
      if (stack[top] === id) chain.depth = top;
      else chain.leave(id);
      return value;
    },
    /** The same for calls whose result may hold the receiver's rows. */
    a<T>(id: number, value: T, inOrder?: 1): T {
      chain.leave(id);
      rows.derive(rows.takeReceiver(id), value, inOrder === 1);
      return value;
    },
    /** After the last argument: the call begins. The other arguments are those that were plain names. */
    n<T>(id: number, last: T, first?: unknown, second?: unknown, third?: unknown): T {
      stack[chain.depth++] = id;
      if (rows.hasObjects) {
        if (first !== undefined) enterRow(first);
        if (second !== undefined) enterRow(second);
        if (third !== undefined) enterRow(third);
        enterRow(last);
        if (waiting.length > 0) enterWaiting(id);
      }
      return last;
    },
    /** An argument before the last one that may be a row. */
    q<T>(id: number, value: T): T {
      if (rows.hasObjects) {
        const row = rows.ofObject(value);
        if (row !== undefined) waiting.push(id, row);
      }
      return value;
    },
    n0(id: number): readonly never[] {
      stack[chain.depth++] = id;
      return nothing;
    },
    /** The same where the host wants to know first. */
    m<T>(id: number, last: T): T {
      announce(id);
      chain.push(id);
      return last;
    },
    m0(id: number): readonly never[] {
      announce(id);
      chain.push(id);
      return nothing;
    },
    /** Within an optional chain: the call before has ended. */
    o(previous: number): void {
      chain.leave(previous);
    },
    j0(previous: number, id: number): readonly never[] {
      chain.leave(previous);
      chain.push(id);
      return nothing;
    },
    /** Before and after an optional chain or a `try`: the depth. */
    d(): number {
      return chain.depth;
    },
    r<T>(depth: number, value: T): T {
      chain.truncate(depth);
      return value;
    },
    t(depth: number): void {
      chain.truncate(depth);
    },
    /** The operand of a `throw`. */
    h<T>(id: number, value: T): T {
      chain.lastThrow = id;
      return value;
    },
    /** The right operand of an operator that may take ages. */
    p<T>(id: number, value: T): T {
      if (typeof value === "bigint") announce(id);
      return value;
    },
  };
}

/** What literals, loops and element reads call; `instrument/literals.ts` and `statements.ts` say where. */
function rowMarks(chain: Chain, rows: RowTable) {
  return {
    /** The receiver of a method that goes through elements. */
    k<T>(id: number, receiver: T): T {
      rows.keepReceiver(id, receiver);
      return receiver;
    },
    /** The callback of such a method. */
    y(id: number, callback: unknown): unknown {
      return rows.turnByTurn(rows.receiver(id), callback, (row, call) => {
        const depth = chain.push(-row);
        const result = call();
        chain.truncate(depth);
        return result;
      });
    },
    /** An array literal whose elements have the ids `first`, `first + 1`, ... */
    l<T extends readonly unknown[]>(first: number, array: T, literals?: string): T {
      rows.tag(first, array, literals);
      return array;
    },
    w(first: number, parts: readonly unknown[], literals?: string): readonly unknown[] {
      return rows.flatten(first, parts, literals);
    },
    /** `...value` of an array literal. */
    s(value: Iterable<unknown>): unknown {
      return rows.spread(value);
    },
    /** A literal in a table of rows. */
    v<T extends object>(id: number, value: T): T {
      rows.tagObject(id, value);
      return value;
    },
    /** What a `for (... of ...)` goes through. */
    f(loop: number, iterable: unknown): unknown {
      return typeof iterable === "object" && iterable !== null ? new Turns(chain, rows, loop, iterable) : iterable;
    },
    /** Before a loop, at each iteration, and after it. */
    b(loop: number): number {
      return chain.push(loop + loopOffset);
    },
    c(position: number): void {
      chain.truncate(position + 1);
    },
    x(position: number): void {
      chain.truncate(position);
    },
    /** `object[key]` */
    g(object: Record<PropertyKey, unknown>, key: PropertyKey, isWeak?: 1): unknown {
      const value = object[key];
      const row = rows.at(object, key, value);
      if (row !== undefined) chain.read(row, rows, isWeak === 1);
      return value;
    },
    /** At the start of a function that reads rows outside a loop. */
    z(): void {
      chain.dropReads();
    },
  };
}

/** Goes through an iterable and notes at each step whose turn it is. */
class Turns {
  constructor(
    private readonly chain: Chain,
    private readonly rows: RowTable,
    private readonly loop: number,
    private readonly iterable: object,
  ) {}

  [Symbol.iterator](): Iterator<unknown> {
    const { chain, rows, iterable } = this;
    const inner = (iterable as Iterable<unknown>)[Symbol.iterator]();
    const next = inner.next.bind(inner) as () => IteratorResult<unknown>;
    const marker = this.loop + loopOffset;
    let position = chain.push(marker);
    let own = marker;
    let index = 0;
    const rewind = (): void => {
      // A generator may go on at another depth than it was left at.
      if (chain.at(position) === own) chain.truncate(position);
    };
    return {
      next() {
        rewind();
        position = chain.push(marker);
        own = marker;
        const result = next();
        if (result.done) {
          rewind();
          return { done: true, value: undefined };
        }
        const { value } = result;
        const row = rows.ofTurn(iterable, index, value);
        index += 1;
        if (row !== undefined) chain.stack[position] = own = -row;
        return { done: false, value };
      },
      return() {
        rewind();
        return inner.return?.() ?? { done: true, value: undefined };
      },
    };
  }
}
