/**
 * The sandbox's end of the DSL: calls are written down, and carried out by the host when it has the record, since this
 * interpreter would take ten times as long. Only what the program asks about a result (`x.channels`) is answered at
 * once. Nothing here may rely on what a program can change.
 */
import { origin } from "../chain-runtime.js";
import { functionNames, type FunctionName } from "./functions.js";
import { TensorView } from "../../dsl/tensor-view.js";
import { deepest, longestArray, mostKeys, type Call, type OddKind, type Property, type Special } from "./wire.js";

/** Answers, as JSON, what the result with this number has under a name. First come the calls since the last question. */
export type Ask = (question: [calls: Call[], result: number, property: Property]) => string;

const { isArray } = Array;
const { hasOwn, keys } = Object;
const { parse } = JSON;

let pending: Call[] = [];
let count = 0;
let host: Ask = () => "null";

/** Begins a record, whose questions go to this host. */
export function connect(ask: Ask): void {
  host = ask;
  pending = [];
  count = 0;
}

/** The calls since the host last got them. */
export function takeCalls(): Call[] {
  const calls = pending;
  pending = [];
  return calls;
}

/** Writes a call down and gives the number of its result. */
export function record(code: number, first?: unknown, second?: unknown, third?: unknown): number {
  const { calls, rows } = origin();
  const call: Call = [code, calls, rows, encode(first, 0)];
  if (third !== undefined) call.push(encode(second, 0), encode(third, 0));
  else if (second !== undefined) call.push(encode(second, 0));
  pending[pending.length] = call;
  return count++;
}

export function codeOf(name: FunctionName): number {
  return functionNames.indexOf(name);
}

export function ask(result: number, property: Property): unknown {
  return parse(host([takeCalls(), result, property])) as unknown;
}

/** A tensor: the result of a layer. */
export class RemoteTensor extends TensorView {
  readonly #id: number;
  #shape: readonly number[] | undefined;

  constructor(id: number) {
    super();
    this.#id = id;
  }

  override get shape(): readonly number[] {
    return (this.#shape ??= ask(this.#id, "shape") as readonly number[]);
  }

  get dataType(): unknown {
    return ask(this.#id, "dataType");
  }

  static idOf(value: object): number | undefined {
    return #id in value ? value.#id : undefined;
  }
}

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
  const id = idOf(value);
  if (id !== undefined) return special(id);
  if (value instanceof Formula) return special(["formula", encode(value.result, depth)]);
  if (value instanceof Promise) return special("promise");
  if (isArray(value)) return encodeArray(value, depth);
  if (depth === deepest) return special("object");
  const names = keys(value);
  const length = names.length < mostKeys ? names.length : mostKeys;
  const get = (at: number): unknown => encode((value as Record<string, unknown>)[names[at] ?? ""], depth + 1);
  if (hasOwn(value, "")) {
    const entries: unknown[] = [];
    for (let at = 0; at < length; at += 1) entries.push(names[at], get(at));
    return special(["object", entries]);
  }
  const copy: Record<string, unknown> = {};
  for (let at = 0; at < length; at += 1) define(copy, names[at] ?? "", get(at));
  return copy;
}

function encodeArray(value: readonly unknown[], depth: number): object {
  const { length } = value;
  if (length > longestArray || depth === deepest) return special(["array", length]);
  const copy: unknown[] = [];
  for (let at = 0; at < length; at += 1) copy[at] = encode(value[at], depth + 1);
  return copy;
}

function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true });
  else object[key] = value;
}
