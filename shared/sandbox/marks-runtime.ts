/**
 * What marked code calls while it runs: keeps the chain of calls in progress and the config rows in whose turn
 * they are made. Evaluated before the program, in QuickJS and in native runs; touches no prototype.
 *
 * The chain is one stack of numbers. A call is its id. A row is -id; a row that was read by index is
 * -id - `readOffset`, since the next iteration drops it. A running loop is id + `loopOffset`.
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
  /** Source text of a call's callee. */
  readonly callee: (call: number) => string | undefined;
  /** What a marked file says first: the callees of its calls, one per line. */
  readonly names: (baseId: number, list: string) => void;
  /** Values for the model's parameters, by name. */
  parameters: Readonly<Record<string, unknown>>;
  readonly marks: ReturnType<typeof createMarks>;
  /** For the host, when the program has failed: where it was. */
  readonly whereabouts: () => Whereabouts;
}

export interface Whereabouts {
  readonly calls: readonly number[];
  /** The innermost loop, if it is inside the innermost call. */
  readonly loop?: number;
  /** The last `throw`, if what it threw was no error object. */
  readonly thrown?: number;
}

/** Makes `globalThis.__quantlens`, for good: a program cannot replace it. */
export function installMarks(options: MarksOptions = {}): void {
  const chain = new Chain();
  const marks = createMarks(chain, new RowTable(), options);
  const callees = new CalleeNames();
  const value: QuantlensGlobal = {
    origin: () => chain.origin(),
    callee: (call) => callees.get(call),
    names: (baseId, list) => {
      callees.add(baseId, list);
    },
    parameters: {},
    marks,
    whereabouts: () => chain.whereabouts(),
  };
  Object.freeze(marks);
  Object.defineProperty(globalThis, "__quantlens", { value, enumerable: false, writable: false, configurable: false });
}

/** Source texts of callees; the lists are split when the first one is asked for. */
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

class Chain {
  readonly stack: number[] = [];
  lastThrow: { readonly id: number; readonly value: unknown } | undefined;

  origin(): { calls: number[]; rows: number[] } {
    const calls: number[] = [];
    const rows: number[] = [];
    for (const entry of this.stack) {
      if (entry < 0) {
        const row = entry < -readOffset ? -entry - readOffset : -entry;
        if (!rows.includes(row)) rows.push(row);
      } else if (entry < loopOffset) {
        calls.push(entry);
      }
    }
    return { calls, rows };
  }

  whereabouts(): Whereabouts {
    const { calls } = this.origin();
    const loop = this.stack.findLast((entry) => entry > 0);
    return {
      calls,
      ...(loop !== undefined && loop >= loopOffset && { loop: loop - loopOffset }),
      ...(this.lastThrow && { thrown: this.lastThrow.id }),
    };
  }

  /** Takes a call and all above it off. A call that threw was left on the chain: the last one is meant. */
  leave(id: number): void {
    const { stack } = this;
    if (stack[stack.length - 1] === id) {
      stack.pop();
      return;
    }
    const at = stack.lastIndexOf(id);
    if (at !== -1) stack.length = at;
  }

  truncate(depth: number): void {
    if (this.stack.length > depth) this.stack.length = depth;
  }

  /** Drops rows at the top that were read by index. */
  dropReads(): void {
    const { stack } = this;
    while ((stack[stack.length - 1] ?? 0) < -readOffset) stack.pop();
  }

  /** A row that is read by index counts until the iteration or the call ends; one row per array, the first. */
  read(row: RowId, table: RowTable, isWeak: boolean): void {
    const { stack } = this;
    for (let at = stack.length - 1; at >= 0; at -= 1) {
      const entry = stack[at] ?? 0;
      if (entry > 0) break;
      const other = entry < -readOffset ? -entry - readOffset : -entry;
      if (!table.areNeighbours(other, row)) continue;
      if (this.weak.has(at) && !isWeak) {
        stack[at] = -row - readOffset;
        this.weak.delete(at);
      }
      return;
    }
    if (isWeak) this.weak.add(stack.length);
    else this.weak.delete(stack.length);
    stack.push(-row - readOffset);
  }

  /** Positions of rows that give way to a plain `a[i]`. */
  private readonly weak = new Set<number>();
}

/** The functions that marked code calls; `instrument.ts` says where. */
function createMarks(chain: Chain, rows: RowTable, { note }: MarksOptions) {
  const { stack } = chain;
  const nothing: readonly never[] = Object.freeze([]);
  let noted = 0;

  const enter = (id: number): void => {
    stack.push(id);
  };
  const announce = (id: number): void => {
    if (note === undefined || noted === id) return;
    noted = id;
    note(id);
  };
  /** Row objects among the arguments put their row on the chain. */
  const enterWith = (id: number, values: readonly unknown[]): void => {
    stack.push(id);
    for (const value of values) {
      const row = rows.ofObject(value);
      if (row !== undefined && !stack.includes(-row)) stack.push(-row);
    }
  };
  return {
    /** After a call: takes it off and passes its value on. */
    e<T>(id: number, value: T): T {
      chain.leave(id);
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
      enterWith(id, [first, second, third, last]);
      return last;
    },
    n0(id: number): readonly never[] {
      enter(id);
      return nothing;
    },
    /** The same where the host wants to know first. */
    m<T>(id: number, last: T): T {
      announce(id);
      enter(id);
      return last;
    },
    m0(id: number): readonly never[] {
      announce(id);
      enter(id);
      return nothing;
    },
    /** The same within an optional chain, where the call before it ends only now. */
    j<T>(previous: number, id: number, last: T): T {
      chain.leave(previous);
      enter(id);
      return last;
    },
    j0(previous: number, id: number): readonly never[] {
      chain.leave(previous);
      enter(id);
      return nothing;
    },
    /** Before and after an optional chain or a `try`: the depth. */
    d(): number {
      return stack.length;
    },
    r<T>(depth: number, value: T): T {
      chain.truncate(depth);
      return value;
    },
    t(depth: number): void {
      chain.truncate(depth);
    },
    /** The receiver of a method that goes through elements. */
    k<T>(id: number, receiver: T): T {
      rows.keepReceiver(id, receiver);
      return receiver;
    },
    /** The callback of such a method. */
    y(id: number, callback: unknown): unknown {
      return rows.turnByTurn(rows.receiver(id), callback, (row, call) => {
        const depth = stack.push(-row) - 1;
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
      return stack.push(loop + loopOffset) - 1;
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
    /** The operand of a `throw`. */
    h<T>(id: number, value: T): T {
      chain.lastThrow = { id, value };
      return value;
    },
    /** The right operand of an operator that may take ages. */
    p<T>(id: number, value: T): T {
      if (typeof value === "bigint") announce(id);
      return value;
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
    const { stack } = chain;
    const inner = (iterable as Iterable<unknown>)[Symbol.iterator]();
    const next = inner.next.bind(inner) as () => IteratorResult<unknown>;
    const marker = this.loop + loopOffset;
    let position = stack.push(marker) - 1;
    let own = marker;
    let index = 0;
    const rewind = (): void => {
      // A generator may go on at another depth than it was left at.
      if (stack[position] === own) chain.truncate(position);
    };
    return {
      next() {
        rewind();
        position = stack.push(marker) - 1;
        own = marker;
        const result = next();
        if (result.done) {
          rewind();
          return result;
        }
        const { value } = result;
        const row = rows.ofTurn(iterable, index, value);
        index += 1;
        if (row !== undefined) stack[position] = own = -row;
        return { done: false, value };
      },
      return() {
        rewind();
        return inner.return?.() ?? { done: true, value: undefined };
      },
    };
  }
}
