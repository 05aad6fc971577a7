/** Which array holds which config rows, and which objects are rows: the part of the marks that knows elements. */

export type RowId = number;

/** The rows of one array. The values tell whether an element is still where it was. */
interface Tag {
  readonly ids: readonly (RowId | undefined)[];
  readonly values: readonly unknown[];
}

/** `...value` of an array literal, copied when it was evaluated. */
class Spread {
  readonly values: readonly unknown[];
  constructor(
    source: Iterable<unknown>,
    readonly tag: Tag | undefined,
  ) {
    this.values = [...source];
  }
}

/** Longest tuple in which a row is looked for: `[name, row]` of `Object.entries`. */
const maxTuple = 3;

export class RowTable {
  /** Whether any object is a row: without one nothing needs to be looked up. */
  hasObjects = false;
  private readonly tags = new WeakMap<object, Tag>();
  private readonly objects = new WeakMap<object, RowId>();
  /** `entries()` and `values()` iterators and what they go through. */
  private readonly iterators = new WeakMap<object, object>();
  private readonly receivers: [id: number, receiver: unknown][] = [];
  /** First id of the literal that a row belongs to. */
  private readonly firstOf = new Map<RowId, RowId>();

  tag(first: RowId, array: readonly unknown[], literals?: string): void {
    const ids: RowId[] = [];
    for (let index = 0; index < array.length; index += 1) {
      ids.push(first + index);
      this.firstOf.set(first + index, first);
      if (literals?.[index] === "1") this.tagObject(first + index, array[index] as object);
    }
    this.setTag(array, ids);
  }

  tagObject(id: RowId, value: object): void {
    this.hasObjects = true;
    this.objects.set(value, id);
  }

  private setTag(array: readonly unknown[], ids: readonly (RowId | undefined)[]): void {
    this.tags.set(array, { ids, values: array.slice() });
  }

  spread(value: Iterable<unknown>): Spread {
    return new Spread(value, this.tags.get(value));
  }

  /** Builds an array literal with spreads: rows keep their ids, other spread elements have none. */
  flatten(first: RowId, parts: readonly unknown[], literals = ""): readonly unknown[] {
    const array: unknown[] = [];
    const ids: (RowId | undefined)[] = [];
    for (const [index, part] of parts.entries()) {
      if (part instanceof Spread) {
        for (const [at, value] of part.values.entries()) {
          array.push(value);
          ids.push((part.tag && idAt(part.tag, at, value)) ?? this.ofObject(value));
        }
      } else {
        array.push(part);
        ids.push(first + index);
        this.firstOf.set(first + index, first);
        if (literals[index] === "1") this.tagObject(first + index, part as object);
      }
    }
    this.setTag(array, ids);
    return array;
  }

  ofObject(value: unknown): RowId | undefined {
    return typeof value === "object" && value !== null ? this.objects.get(value) : undefined;
  }

  /** The row in `array[key]`. */
  at(array: object, key: unknown, value: unknown): RowId | undefined {
    const tag = typeof array === "object" && (typeof key === "number" || typeof key === "string") ? this.tags.get(array) : undefined;
    return (tag && idAt(tag, Number(key), value)) ?? this.ofObject(value);
  }

  /** The row whose turn it is in a loop through `source`. */
  ofTurn(source: object, index: number, value: unknown): RowId | undefined {
    const iterated = this.iterators.get(source);
    const tag = this.tags.get(iterated ?? source);
    const element = iterated && tag ? tag.values[index] : value;
    return (tag && idAt(tag, index, element)) ?? this.ofObject(value) ?? this.inTuple(value);
  }

  private inTuple(value: unknown): RowId | undefined {
    if (!Array.isArray(value) || value.length > maxTuple) return undefined;
    for (const member of value) {
      const row = this.ofObject(member);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** Elements of the same array literal. */
  areNeighbours(one: RowId, other: RowId): boolean {
    return one === other || (this.firstOf.get(one) ?? one) === (this.firstOf.get(other) ?? other);
  }

  keepReceiver(id: number, receiver: unknown): void {
    this.receivers.push([id, receiver]);
  }

  receiver(id: number): unknown {
    return this.receivers.findLast((entry) => entry[0] === id)?.[1];
  }

  takeReceiver(id: number): unknown {
    const at = this.receivers.findLastIndex((entry) => entry[0] === id);
    if (at === -1) return undefined;
    const receiver = this.receivers[at]?.[1];
    this.receivers.length = at;
    return receiver;
  }

  /** Wraps the callback of `receiver.map(...)` and the like, if the receiver has rows. */
  turnByTurn(receiver: unknown, callback: unknown, turn: (row: RowId, call: () => unknown) => unknown): unknown {
    if (typeof callback !== "function" || !this.isIterated(receiver)) return callback;
    const table = this;
    return function (this: unknown, ...args: unknown[]): unknown {
      const call = (): unknown => Reflect.apply(callback, this, args) as unknown;
      const row = table.ofCallback(receiver, args);
      return row === undefined ? call() : turn(row, call);
    };
  }

  /** An array, map or set whose methods are the language's own. */
  private isIterated(receiver: unknown): receiver is object {
    if (typeof receiver !== "object" || receiver === null) return false;
    const prototype: unknown = Object.getPrototypeOf(receiver);
    return prototype === Array.prototype || prototype === Map.prototype || prototype === Set.prototype;
  }

  /** `(value, index, array)`, or with an accumulator before these. */
  private ofCallback(receiver: object, args: readonly unknown[]): RowId | undefined {
    const at = Array.isArray(receiver) && args[2] !== receiver && args[3] === receiver ? 1 : 0;
    return this.ofTurn(receiver, Number(args[at + 1]), args[at]);
  }

  /** Results of `map` (in order), `slice`, ...: elements stand for the rows that they were made from. */
  derive(receiver: unknown, result: unknown, inOrder: boolean): void {
    if (!Array.isArray(receiver) || typeof result !== "object" || result === null || receiver === result) return;
    if (!Array.isArray(result)) {
      this.iterators.set(result, receiver);
      return;
    }
    const tag = this.tags.get(receiver);
    if (tag === undefined || this.tags.has(result)) return;
    const ids = result.map((value: unknown, index) =>
      inOrder ? tag.ids[index] : idAt(tag, index, value),
    );
    if (ids.some((id) => id !== undefined)) this.setTag(result, ids);
  }
}

/** The id of the element at an index, or of the only element with this value if the array has changed. */
function idAt(tag: Tag, index: number, value: unknown): RowId | undefined {
  if (Object.is(tag.values[index], value)) return tag.ids[index];
  const at = tag.values.indexOf(value);
  return at !== -1 && tag.values.indexOf(value, at + 1) === -1 ? tag.ids[at] : undefined;
}
