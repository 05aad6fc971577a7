/** `defineModel` and `scope`: from the user's description to plain data. */
import type { Challenge } from "./challenge.js";
import type { DataSource } from "./data.js";
import type { ModelDefinition } from "./definition.js";
import { driveModel, driveScope } from "./drivers.js";
import { modelSteps, scopeSteps } from "./model-steps.js";
import type { Widened } from "./parameters.js";
import type { ParameterValue } from "./plain-values.js";
import type { Stage } from "./recipe.js";
import type { Sweep } from "./sweep.js";
import type { Tensor } from "./tensor.js";

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
  /** Which values of its parameters `quantlens sweep` tries, such as `sweep({ vary: { bits: [4, 5, 6] } })`. Default: none. */
  sweep?: Sweep;
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
  return driveModel(modelSteps, spec, defaults);
}

/**
 * Names the layers that `build` makes: `scope("conv.0", () => block(x))` puts `conv.0.` before them. Scopes nest.
 * Gives what `build` gives.
 */
export function scope<T>(name: string, build: () => T): T {
  return driveScope(scopeSteps, name, build) as T;
}
