/** `defineModel` and `scope`: from the user's description to plain data. */
import { graphJson, newDraft, type Draft } from "./builder.js";
import type { ModelDefinition } from "./definition.js";
import { describe } from "./describe.js";
import { madeField } from "./made.js";
import {
  finite,
  integer,
  listOf,
  nested,
  optional,
  readOptions,
  text,
  withoutUndefined,
  type FieldsOf,
} from "./options.js";
import { parameterOverride } from "./marks.js";
import { valueInForce, type ParameterValue, type Widened } from "./parameters.js";
import type { Challenge } from "./challenge.js";
import type { DataSource } from "./data.js";
import type { Stage } from "./recipe.js";
import { claimProblems, declaredParameters, enter, report, withDraft, withScope, type Site } from "./session.js";
import { Tensor } from "./tensor.js";

/** The model's input. */
export interface InputSpec {
  /** All dimensions, batch first: `[1, 2, 1024]` is N, C, L; `[1, 1, 49, 10]` is N, C, H, W. Costs count the batch. */
  shape: readonly number[];
}

/** What the model may cost; judged with the selected weights. */
export interface BudgetSpec {
  /** Largest score of the challenge. */
  score?: number;
  /** Most bit-operations of one inference. */
  bops?: number;
  /** Most weight memory, in bits. */
  memWBits?: number;
}

/** What `defineModel` takes. */
export interface ModelSpec {
  /** The model's name, for files and reports. */
  name: string;
  /** The input's shape. */
  input: InputSpec;
  /** Builds the network: takes the input and returns the output. Runs once. */
  forward: (x: Tensor) => Tensor;
  /** What the model is scored against, such as `itu2021()`. Default: no challenge; scores use itu2021's baseline. */
  challenge?: Challenge;
  /** What the model may cost. Default: anything. */
  budget?: BudgetSpec;
  /** What it is trained on, such as `radioml2018({ minSnr: -6 })`. Default: to be named when training starts. */
  data?: DataSource;
  /** How it is trained and pruned, stage by stage. Default: none. */
  recipe?: readonly Stage[];
}

/** A model, to be exported by `export default`: plain data. */
export type Model = ModelDefinition;

/** Parameters of a model with their defaults. */
export type ParameterDefaults = Readonly<Record<string, ParameterValue>>;

/**
 * Defines the model of this file: `export default defineModel({ name, input, forward, ... })`.
 *
 * `forward` runs at once, on a symbolic tensor. What it throws is thrown on; everything else that is wrong is
 * reported in the model's `problems`, and the model is built as well as it can be.
 *
 * A function in place of the object gets the model's parameters:
 * `defineModel(({ bits }) => ({ ... int(bits) ... }), { bits: 6 })`. Their values can be chosen from outside, as
 * with `param`. Defaults may also stand in the function's parameter list, which then needs a type:
 * `defineModel(({ bits = 6 }: { bits?: number }) => ({ ... }))`.
 */
export function defineModel(spec: ModelSpec | ((parameters: never) => ModelSpec)): Model;
export function defineModel<Defaults extends ParameterDefaults>(
  build: (parameters: { [Name in keyof Defaults]: Widened<Defaults[Name]> }) => ModelSpec,
  defaults: Defaults,
): Model;
export function defineModel(spec: unknown, defaults: unknown = {}): Model {
  const site = enter("defineModel");
  const { value, parameters } = isFunction(spec)
    ? buildWith(site, spec, defaults)
    : { value: spec, parameters: () => [] };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    report(
      site,
      "invalid-model",
      `defineModel expects an object such as { name, input, forward }, but found ${describe(value)}.`,
      [0],
    );
  }
  return define(site, Object(value) as object, parameters);
}

/**
 * Names the layers that `build` makes: `scope("conv.0", () => block(x))` puts `conv.0.` before them. Scopes nest.
 * Gives what `build` gives.
 */
export function scope<T>(name: string, build: () => T): T {
  const site = enter("scope");
  if (!isFunction(build)) {
    const message = `scope expects a function that makes the layers, but found ${describe(build)}; write scope("name", () => ...).`;
    report(site, "invalid-option", message, [1]);
    return build;
  }
  if (typeof name === "string" && name.trim() !== "") return withScope(name, build);
  report(
    site,
    "invalid-option",
    `scope expects its name to be a text that is not empty, but found ${describe(name)}; it is left out.`,
    [0],
  );
  return build();
}

type Builder = (parameters: Readonly<Record<string, unknown>>) => unknown;
type Parameters = () => ModelDefinition["parameters"];

const inputFields = {
  shape: listOf(integer(1, 1), "a list of at least 2 sizes, batch first", 2),
} satisfies FieldsOf<InputSpec>;

const amount = optional(
  finite("a number above 0", 1, (value) => value > 0),
  undefined,
);

const budgetFields = { score: amount, bops: amount, memWBits: amount } satisfies FieldsOf<BudgetSpec>;

const modelFields = {
  name: text("a text that is not empty", "model"),
  input: { ...nested("an object such as { shape: [1, 2, 1024] }", inputFields), required: true },
  forward: {
    expects: "a function of the input that returns the output",
    parse: (value: unknown) => (isFunction(value) ? value : undefined),
    required: true,
    guess: undefined,
  },
  challenge: madeField<Challenge>("challenge", "a challenge such as itu2021()"),
  budget: nested("an object such as { score: 0.02 }", budgetFields),
  data: madeField<DataSource>("data", "a data source such as radioml2018()"),
  recipe: optional(listOf(madeField<Stage>("stage", ""), "a list of stages such as [train({ epochs: 20 })]", 0), []),
} satisfies FieldsOf<ModelSpec>;

/** Stands in for an input shape that is not there yet. */
const guessedInput = [1, 1, 1];

function define(site: Site, raw: object, own: Parameters): Model {
  const { name, input, forward, challenge, budget, data, recipe } = readOptions(site, raw, modelFields);
  const inputShape = input && input.shape.length > 0 ? input.shape : guessedInput;
  const draft = newDraft(inputShape);
  const output = forward && withDraft(draft, () => outputOf(site, draft, forward));
  return {
    name,
    graph: graphJson(draft, name, output ?? draft.latest.name),
    inputShape,
    ...(challenge && { challenge }),
    ...(budget && { budget: withoutUndefined(budget) }),
    ...(data && { data }),
    recipe,
    parameters: [...declaredParameters(), ...own()],
    problems: claimProblems(),
    ...(site.origin && { origin: site.origin }),
  };
}

/** Runs forward. Gives the output tensor's name, or the last layer's when forward returns something else. */
function outputOf(site: Site, draft: Draft, forward: (x: Tensor) => unknown): string {
  const result = forward(new Tensor(draft, draft.input));
  const found = Tensor.locate(result);
  if (found?.draft === draft) return found.value.name;
  const what = found ? "a tensor of another model" : describe(result);
  const advice = "return the last layer's result";
  report(
    site,
    "forward-output",
    `forward must return a tensor of its model, but it returns ${what}; ${advice} (it is taken as the output until then).`,
    ["forward"],
  );
  return draft.latest.name;
}

/** Calls the user's function with the parameters in force, and notes which ones there are. */
function buildWith(
  site: Site,
  build: Builder,
  rawDefaults: unknown,
): { readonly value: unknown; readonly parameters: Parameters } {
  const defaults =
    typeof rawDefaults === "object" && rawDefaults !== null ? (rawDefaults as Record<string, unknown>) : {};
  const values = new Map<string, unknown>();
  const read = (name: string) => {
    if (!values.has(name)) values.set(name, valueInForce(site, name, defaults[name]));
    return values.get(name);
  };
  Object.keys(defaults).forEach(read);
  // Parameters whose default stands in the function's own parameter list are known once it has asked for them.
  const asked = new Proxy<Record<string, unknown>>(
    {},
    {
      get: (_, name) => (typeof name === "string" ? read(name) : undefined),
      has: (_, name) =>
        typeof name === "string" && (Object.hasOwn(defaults, name) || parameterOverride(name) !== undefined),
      ownKeys: () => Object.keys(defaults),
      getOwnPropertyDescriptor: (_, name) => ({ value: read(String(name)), enumerable: true, configurable: true }),
    },
  );
  const value = build(asked);
  const origin = site.origin && { origin: site.origin };
  const parameters = () =>
    Array.from(values, ([name, inForce]) => ({ name, value: inForce, default: defaults[name], ...origin }));
  return { value, parameters };
}

function isFunction(value: unknown): value is (...args: readonly unknown[]) => unknown {
  return typeof value === "function";
}
