/**
 * The sandbox's end of the DSL: calls are written down, and carried out by the host when it has the record, since this
 * interpreter would take ten times as long. Only what the program asks about a result (`x.channels`) is answered at
 * once. Nothing here may rely on what a program can change.
 */
import { entries } from "../chain-runtime.js";
import { functionNames, type FunctionName } from "./functions.js";
import { TensorView } from "../../dsl/tensor-view.js";
import { deepest, longestArray, mostKeys, type OddKind, type Property, type CallRecord, type Special } from "./wire.js";

/** Answers, as JSON, what the result with this number has under a name. First come the calls since the last question. */
export type Ask = (question: [calls: CallRecord, result: number, property: Property]) => string;

const { isArray } = Array;
const { defineProperty, getPrototypeOf, keys, setPrototypeOf } = Object;
const { parse } = JSON;

let pending: CallRecord = [];
let count = 0;
let host: Ask = () => "null";
/** Shapes that were asked for, by result. */
let shapes: (readonly number[])[] = [];

/** Begins a record, whose questions go to this host. */
export function connect(ask: Ask): void {
  host = ask;
  pending = [];
  count = 0;
  shapes = [];
}

/** The calls since the host last got them. */
export function takeCalls(): CallRecord {
  const calls = pending;
  pending = [];
  return calls;
}

/**
 * Writes a call down and gives the number of its result. One native call does it, because each operation of its own
 * would take this interpreter a tenth of that.
 */
export function record(code: number, first?: unknown, second?: unknown, third?: unknown): number {
  // Getters of the program's may make calls of their own, so arguments are read before anything is written.
  const tensor = RemoteTensor.idOf(first);
  const one = tensor ?? encode(first, 0);
  const sign = tensor === undefined ? 1 : -1;
  if (third !== undefined) {
    const [two, three] = [encode(second, 0), encode(third, 0)];
    pending.push(code, entries(), 3 * sign, one, two, three);
  } else if (second !== undefined) {
    const two = encode(second, 0);
    pending.push(code, entries(), 2 * sign, one, two);
  } else {
    pending.push(code, entries(), sign, one);
  }
  return count++;
}

export function codeOf(name: FunctionName): number {
  return functionNames.indexOf(name);
}

export function ask(result: number, property: Property): unknown {
  return parse(host([takeCalls(), result, property])) as unknown;
}

/**
 * A tensor: the result of a layer. Its prototype has `TensorView`'s getters without being derived from it, because the
 * constructor of a derived class takes the interpreter thrice as long, and there is a tensor for each layer.
 */
export class RemoteTensor {
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
  }

  get shape(): readonly number[] {
    return (shapes[this.#id] ??= ask(this.#id, "shape") as readonly number[]);
  }

  get dataType(): unknown {
    return ask(this.#id, "dataType");
  }

  static idOf(value: unknown): number | undefined {
    return typeof value === "object" && value !== null && #id in value ? value.#id : undefined;
  }
}

setPrototypeOf(RemoteTensor.prototype, TensorView.prototype);

export class RemoteQuantizer {
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
  }

  get bits(): unknown {
    return ask(this.#id, "bits");
  }

  get signed(): unknown {
    return ask(this.#id, "signed");
  }

  static idOf(value: object): number | undefined {
    return #id in value ? value.#id : undefined;
  }
}

/** Results that are plain data to the program. */
const described = new WeakMap<object, number>();

/** Notes that an object stands for a result. */
export function standsFor<T extends object>(value: T, id: number): T {
  described.set(value, id);
  return value;
}

/** The number of the result that a value stands for. */
export function idOf(value: object): number | undefined {
  return RemoteTensor.idOf(value) ?? RemoteQuantizer.idOf(value) ?? described.get(value);
}

/** The same for what is known to stand for one. */
export function resultOf(value: object): number {
  const id = idOf(value);
  if (id === undefined) throw new TypeError("This stands for no result.");
  return id;
}

/** A function of the user's, and what it gave back when it was called. */
export class Formula {
  constructor(readonly result: unknown) {}
}

/** Copies an argument: a program may change it after the call. */
function encode(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case "function":
    case "symbol":
    case "bigint":
      return special(typeof value as OddKind);
    case "object":
      return value === null ? null : encodeObject(value, depth);
    default:
      return value;
  }
}

function special(content: Special): object {
  return { "": content };
}

function encodeObject(value: object, depth: number): object {
  const isPlain = getPrototypeOf(value) === plainPrototype;
  const id = isPlain ? described.get(value) : idOf(value);
  if (id !== undefined) return special(id);
  if (isPlain) return depth === deepest ? special("object") : encodePlain(value, depth);
  if (value instanceof Formula) return special(["formula", encode(value.result, depth)]);
  if (value instanceof Promise) return special("promise");
  if (isArray(value)) return encodeArray(value, depth);
  return depth === deepest ? special("object") : encodeKeys(value, depth);
}

const plainPrototype = Object.prototype;

/** Options: in a loop that takes half the time of one over `Object.keys`. */
function encodePlain(value: object, depth: number): object {
  const copy: Record<string, unknown> = {};
  let left = mostKeys;
  for (const name in value) {
    if (name === "" || name === "__proto__" || left === 0) return encodeKeys(value, depth);
    left -= 1;
    const item = (value as Record<string, unknown>)[name];
    const kind = typeof item;
    copy[name] = kind === "number" || kind === "boolean" || kind === "string" ? item : encode(item, depth + 1);
  }
  return copy;
}

/** Any object. */
function encodeKeys(value: object, depth: number): object {
  const names = keys(value);
  const length = names.length < mostKeys ? names.length : mostKeys;
  const copy: Record<string, unknown> = {};
  for (let at = 0; at < length; at += 1) {
    const name = names[at] ?? "";
    if (name === "") return encodeEntries(value, names, length, depth);
    const item = encode((value as Record<string, unknown>)[name], depth + 1);
    if (name === "__proto__") defineProperty(copy, name, { value: item, enumerable: true });
    else copy[name] = item;
  }
  return copy;
}

function encodeEntries(value: object, names: readonly string[], length: number, depth: number): object {
  const entries: unknown[] = [];
  for (let at = 0; at < length; at += 1) {
    const name = names[at] ?? "";
    entries.push(name, encode((value as Record<string, unknown>)[name], depth + 1));
  }
  return special(["object", entries]);
}

function encodeArray(value: readonly unknown[], depth: number): object {
  const { length } = value;
  if (length > longestArray || depth === deepest) return special(["array", length]);
  const copy: unknown[] = [];
  for (let at = 0; at < length; at += 1) copy[at] = encode(value[at], depth + 1);
  return copy;
}
