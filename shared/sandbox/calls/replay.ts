/**
 * The host's end of the DSL: carries out the calls that a program made in the sandbox, with the functions that run in
 * a user's own Node. The program may have tampered with the record: whatever it says, this ends, and takes no more
 * memory than the limits allow.
 */
import { sizesOr } from "../../dsl/custom-op.js";
import type { ModelDefinition } from "../../dsl/definition.js";
import * as dsl from "../../dsl/index.js";
import { modelSteps, OpenModel, OpenScope, scopeSteps } from "../../dsl/model-steps.js";
import { Quantizer } from "../../dsl/quantizers.js";
import { newSession, withSession, type Session } from "../../dsl/session.js";
import { Tensor } from "../../dsl/tensor.js";
import type { Origin } from "../../graph/graph.js";
import { originOf } from "../chain.js";
import { callNames, functionNames, type CallName, type FunctionName, type StepName } from "./functions.js";
import { longestArray, mostKeys, type Property } from "./wire.js";

export interface ReplayOptions {
  /** What a call is called in names. */
  readonly callee: (call: number) => string | undefined;
  /** Values for the model's parameters, by name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** When it is over, by `performance.now()`. */
  readonly deadline: number;
}

/** Names, sizes and values of a program's models. */
const room = 10_000_000;

/** Thrown when the calls take too long. */
export class ReplayTimeoutError extends Error {}

/** Throws a `RangeError` for what is no record of calls. */
export class Replay {
  private readonly results: unknown[] = [];
  private readonly session: Session;
  private current: Origin = { calls: [], rows: [] };

  constructor(private readonly options: ReplayOptions) {
    const { callee, parameters } = options;
    this.session = newSession({ marks: { origin: () => this.current, callee, parameters }, room });
  }

  /** Where the last call was made. */
  get origin(): Origin {
    return this.current;
  }

  /** Carries out calls (`wire.ts`), which follow those before. */
  play(record: unknown): void {
    const list = listOf(record);
    withSession(this.session, () => {
      for (let at = 0; at < list.length;) at = this.carryOut(list, at);
    });
  }

  /** What the program asked about a result, as JSON. */
  answer(result: unknown, property: unknown): string {
    const value = this.result(result);
    const answer = withSession(this.session, () => propertyOf(value, property as Property));
    return answer === undefined ? "null" : JSON.stringify(answer);
  }

  /** The result with this number, which is a model. */
  model(result: number): ModelDefinition {
    const model = Object(this.results[result]) as ModelDefinition;
    if (!models.has(model)) throw invalid("it exports no model");
    return model;
  }

  /** Carries out the call that begins at this place. Gives where the next one begins. */
  private carryOut(list: readonly unknown[], start: number): number {
    if (performance.now() > this.options.deadline) throw new ReplayTimeoutError("The calls take too long.");
    const code = list[start];
    const name = typeof code === "number" ? functionNames[code] : undefined;
    if (name === undefined) throw invalid("there is no such function");
    const chain = entriesOf(list[start + 1]);
    this.current = originOf(chain, chain.length);
    const end = endOf(list, start + 2);
    const args = isNegative(list[start + 2]) ? [this.result(list[start + 3])] : [];
    for (let at = start + 3 + args.length; at < end; at += 1) args.push(this.decode(list[at]));
    this.results.push(functions[name](...args));
    return end;
  }

  private result(number: unknown): unknown {
    return typeof number === "number" ? this.results[number] : undefined;
  }

  /** Puts results and values where the record has signs for them. No object is in a record twice, so this is once. */
  private decode(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return this.decodeArray(value);
    const object = value as Record<string, unknown>;
    const special = object[""];
    if (special !== undefined) return this.decodeSpecial(special);
    let left = mostKeys;
    for (const key of Object.keys(object)) {
      if (left-- === 0) throw invalid("an object has too many keys");
      const item = object[key];
      if (typeof item === "object" && item !== null) define(object, key, this.decode(item));
    }
    return object;
  }

  private decodeArray(array: unknown[]): unknown[] {
    if (array.length > longestArray) throw invalid("an array is too long");
    for (let at = 0; at < array.length; at += 1) array[at] = this.decode(array[at]);
    return array;
  }

  private decodeEntries(entries: readonly unknown[]): Record<string, unknown> {
    if (entries.length > 2 * mostKeys) throw invalid("an object has too many keys");
    const object: Record<string, unknown> = {};
    for (let at = 0; at < entries.length; at += 2) define(object, textOf(entries[at]), this.decode(entries[at + 1]));
    return object;
  }

  /** A result, or a value of the same kind as the one that the program passed. */
  private decodeSpecial(special: unknown): unknown {
    if (typeof special === "number") return this.result(special);
    if (typeof special === "string") return oddValue(special);
    const [kind, content] = listOf(special);
    switch (kind) {
      case "array":
        return new Array(typeof content === "number" ? content : -1);
      case "object":
        return this.decodeEntries(listOf(content));
      case "formula": {
        const result = this.decode(content);
        return () => result;
      }
      default:
        throw invalid("there is no such value");
    }
  }
}

function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else object[key] = value;
}

function oddValue(kind: string): unknown {
  switch (kind) {
    case "function":
      return () => undefined;
    case "symbol":
      return Symbol();
    case "bigint":
      return 0n;
    case "promise":
      return Promise.resolve();
    default:
      return {};
  }
}

function propertyOf(value: unknown, property: Property): unknown {
  switch (property) {
    case "shape":
      return Tensor.locate(value)?.value.shape ?? [];
    case "dataType":
      return value instanceof Tensor ? value.dataType : undefined;
    case "bits":
    case "signed":
      return value instanceof Quantizer ? value[property] : undefined;
    case "value":
      return value instanceof OpenModel ? undefined : value;
  }
}

type Carry = (...args: readonly unknown[]) => unknown;

/** Models that were made here, among all the values that a record may name. */
const models = new WeakSet<object>();

const steps: Readonly<Record<StepName, Carry>> = {
  openModel: () => modelSteps.open(),
  modelParameter: (model, name, defaultValue) =>
    chosen(modelSteps.parameter(the(OpenModel, model), textOf(name), defaultValue), defaultValue),
  beginModel: (model, spec) => modelSteps.begin(the(OpenModel, model), spec),
  abandonModel: (model) => {
    modelSteps.abandon(the(OpenModel, model));
  },
  endModel: (model, result) => {
    const open = the(OpenModel, model);
    if (open.building === undefined) throw invalid("a model ends that has not begun");
    const definition = modelSteps.end(open, result);
    models.add(definition);
    return definition;
  },
  openScope: (name, build) => scopeSteps.open(name, build),
  closeScope: (scope) => {
    scopeSteps.close(the(OpenScope, scope));
  },
  param: (name, defaultValue) => chosen(dsl.param(name as string, defaultValue as number), defaultValue),
  customOp: dsl.customOp as Carry,
  sizesOr: (stated, guess) => sizesOr(stated, Array.isArray(guess) ? (guess as readonly number[]) : [1]),
};

const functions: Readonly<Record<FunctionName, Carry>> = {
  ...(Object.fromEntries(callNames.map((name) => [name, dsl[name]])) as Record<CallName, Carry>),
  ...steps,
};

/** A parameter's value, unless it is the default, which the program has itself. */
function chosen(value: unknown, defaultValue: unknown): { readonly chosen?: unknown } {
  return Object.is(value, defaultValue) ? {} : { chosen: value };
}

function the<T>(type: new (...args: never[]) => T, value: unknown): T {
  if (value instanceof type) return value;
  throw invalid("a step is missing");
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw invalid("a name is no text");
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid("something is no list");
}

/** The end of a sequence that begins with its length, which may be negative. */
function endOf(list: readonly unknown[], start: number): number {
  const length = list[start];
  const end = start + 1 + (typeof length === "number" && Number.isSafeInteger(length) ? Math.abs(length) : NaN);
  if (end <= list.length) return end;
  throw invalid("it is cut short");
}

function isNegative(value: unknown): boolean {
  return typeof value === "number" && value < 0;
}

function entriesOf(value: unknown): readonly number[] {
  const list = listOf(value);
  for (const entry of list) if (!Number.isSafeInteger(entry)) throw invalid("a place is no number");
  return list as readonly number[];
}

function invalid(reason: string): RangeError {
  return new RangeError(`This is no record of a program's calls: ${reason}.`);
}
