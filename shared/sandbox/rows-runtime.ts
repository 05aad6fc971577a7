/** Which array holds which config rows, and which objects are rows: the part of the marks that knows elements. */

export type RowId = number;

/** The rows of one array. The values tell whether an element is still where it was. */
interface Tag {
  readonly ids: readonly (RowId | undefined)[];
  readonly values: readonly unknown[];
}

const tags = new WeakMap<object, Tag>();
const objects = new WeakMap<object, RowId>();
/** `entries()` and `values()` iterators and what they go through. */
const iterators = new WeakMap<object, object>();
/** Receivers of methods that go through elements, of calls that have not ended. */
const receivers: [id: number, receiver: unknown][] = [];
/** First id of the literal that a row belongs to. */
const firstOf = new Map<RowId, RowId>();

/** Longest tuple in which a row is looked for: `[name, row]` of `Object.entries`. */
const maxTuple = 3;

/** Whether any object is a row: without one nothing needs to be looked up. Not asked by a call, since all calls ask. */
export const rowObjects = { exist: false };

/** Remembers the elements of an array literal; `literals` has a 1 for each that is a literal itself. */
export function tagArray(first: RowId, array: readonly unknown[], literals?: string): void {
  const ids: RowId[] = [];
  for (let index = 0; index < array.length; index += 1) {
    ids.push(first + index);
    firstOf.set(first + index, first);
    if (literals?.[index] === "1") tagRow(first + index, array[index] as object);
  }
  setTag(array, ids);
}

/** From now on the object is known as this row wherever it is passed. */
export function tagRow<T extends object>(id: RowId, value: T): T {
  rowObjects.exist = true;
  objects.set(value, id);
  return value;
}

function setTag(array: readonly unknown[], ids: readonly (RowId | undefined)[]): void {
  tags.set(array, { ids, values: array.slice() });
}

/** `...value` of an array literal, copied when it is evaluated. */
class Spread {
  readonly values: readonly unknown[];
  constructor(
    source: Iterable<unknown>,
    readonly tag: Tag | undefined,
  ) {
    this.values = [...source];
  }
}

export function spreadOf(value: Iterable<unknown>): Spread {
  return new Spread(value, tags.get(value));
}

/** Builds an array literal with spreads: rows keep their ids, other spread elements have none. */
export function flattenArray(first: RowId, parts: readonly unknown[], literals = ""): readonly unknown[] {
  const array: unknown[] = [];
  const ids: (RowId | undefined)[] = [];
  for (const [index, part] of parts.entries()) {
    if (part instanceof Spread) {
      for (const [at, value] of part.values.entries()) {
        array.push(value);
        ids.push((part.tag && idAt(part.tag, at, value)) ?? rowOfObject(value));
      }
    } else {
      array.push(part);
      ids.push(first + index);
      firstOf.set(first + index, first);
      if (literals[index] === "1") tagRow(first + index, part as object);
    }
  }
  setTag(array, ids);
  return array;
}

export function rowOfObject(value: unknown): RowId | undefined {
  return typeof value === "object" && value !== null ? objects.get(value) : undefined;
}

/** The row in `object[key]`. */
export function rowInElement(object: object, key: unknown, value: unknown): RowId | undefined {
  const isIndex = typeof key === "number" || typeof key === "string";
  const tag = typeof object === "object" && isIndex ? tags.get(object) : undefined;
  return (tag && idAt(tag, Number(key), value)) ?? rowOfObject(value);
}

/** The row whose turn it is in a loop through `source`. */
export function rowInTurn(source: object, index: number, value: unknown): RowId | undefined {
  const iterated = iterators.get(source);
  const tag = tags.get(iterated ?? source);
  const element = iterated && tag ? tag.values[index] : value;
  return (tag && idAt(tag, index, element)) ?? rowOfObject(value) ?? rowInTuple(value);
}

function rowInTuple(value: unknown): RowId | undefined {
  if (!Array.isArray(value) || value.length > maxTuple) return undefined;
  for (const member of value) {
    const row = rowOfObject(member);
    if (row !== undefined) return row;
  }
  return undefined;
}

/** Elements of the same array literal. */
export function areNeighbours(one: RowId, other: RowId): boolean {
  return one === other || (firstOf.get(one) ?? one) === (firstOf.get(other) ?? other);
}

/** The receiver of a method that goes through elements. */
export function keepReceiver<T>(id: number, receiver: T): T {
  receivers.push([id, receiver]);
  return receiver;
}

export function receiverOf(id: number): unknown {
  return receivers.findLast((entry) => entry[0] === id)?.[1];
}

/** The receiver of a call that has ended. */
export function takeReceiver(id: number): unknown {
  const at = receivers.findLastIndex((entry) => entry[0] === id);
  if (at === -1) return undefined;
  const receiver = receivers[at]?.[1];
  receivers.length = at;
  return receiver;
}

/** Wraps the callback of `receiver.map(...)` and the like, if the receiver has rows. */
export function turnByTurn(
  receiver: unknown,
  callback: unknown,
  turn: (row: RowId, call: () => unknown) => unknown,
): unknown {
  if (typeof callback !== "function" || !isIterated(receiver)) return callback;
  return function (this: unknown, ...args: unknown[]): unknown {
    const call = (): unknown => Reflect.apply(callback, this, args) as unknown;
    const row = rowInCallback(receiver, args);
    return row === undefined ? call() : turn(row, call);
  };
}

/** An array, map or set whose methods are the language's own. */
function isIterated(receiver: unknown): receiver is object {
  if (typeof receiver !== "object" || receiver === null) return false;
  const prototype: unknown = Object.getPrototypeOf(receiver);
  return prototype === Array.prototype || prototype === Map.prototype || prototype === Set.prototype;
}

/** `(value, index, array)`, or with an accumulator before these. */
function rowInCallback(receiver: object, args: readonly unknown[]): RowId | undefined {
  const at = Array.isArray(receiver) && args[2] !== receiver && args[3] === receiver ? 1 : 0;
  return rowInTurn(receiver, Number(args[at + 1]), args[at]);
}

/** Results of `map` (in order), `slice`, ...: elements stand for the rows that they were made from. */
export function derive(receiver: unknown, result: unknown, inOrder: boolean): void {
  if (!Array.isArray(receiver) || typeof result !== "object" || result === null || receiver === result) return;
  if (!Array.isArray(result)) {
    iterators.set(result, receiver);
    return;
  }
  const tag = tags.get(receiver);
  if (tag === undefined || tags.has(result)) return;
  const ids = result.map((value: unknown, index) => (inOrder ? tag.ids[index] : idAt(tag, index, value)));
  if (ids.some((id) => id !== undefined)) setTag(result, ids);
}

/** The id of the element at an index, or of the only element with this value if the array has changed. */
function idAt(tag: Tag, index: number, value: unknown): RowId | undefined {
  if (Object.is(tag.values[index], value)) return tag.ids[index];
  const at = tag.values.indexOf(value);
  return at !== -1 && at === tag.values.lastIndexOf(value) ? tag.ids[at] : undefined;
}
