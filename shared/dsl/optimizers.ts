/** Optimisers and learning-rate schedules of a training stage. */
import type { OptimizerDefinition, ScheduleDefinition } from "./definition.js";
import { made, madeField } from "./made.js";
import { finite, flag, integer, listOf, optional, readOptions, type Field, type FieldsOf } from "./options.js";
import { enter } from "./session.js";

/** An optimiser, made by `adam`, `adamW` or `sgd`. */
export type Optimizer = OptimizerDefinition;

/** A learning-rate schedule, made by `cosineWarmRestarts`, `step`, `plateau` or `constant`. */
export type Schedule = ScheduleDefinition;

/** Options of `adam`. */
export interface AdamOptions {
  /** Learning rate, above 0. Default 0.001. */
  lr?: number;
  /** L2 penalty: this times the parameter is added to its gradient. Default 0. */
  weightDecay?: number;
  /** Decay rates of the gradient's mean and square. Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the root of the square. Default 1e-8. */
  eps?: number;
}

/** Options of `sgd`. */
export interface SgdOptions {
  /** Learning rate, above 0. */
  lr: number;
  /** L2 penalty. Default 0. */
  weightDecay?: number;
  /** Momentum, 0 to below 1. Default 0. */
  momentum?: number;
  /** Nesterov's momentum. Default false. */
  nesterov?: boolean;
}

/** Options of `cosineWarmRestarts`. */
export interface CosineWarmRestartsOptions {
  /** Epochs until the first restart. */
  t0: number;
  /** Factor by which each period is longer than the one before. Default 1. */
  tMult?: number;
  /** Least learning rate. Default 0. */
  etaMin?: number;
}

/** Options of `step`. */
export interface StepOptions {
  /** Epochs between two steps. */
  stepSize: number;
  /** Factor of each step. Default 0.1. */
  gamma?: number;
}

/** Options of `plateau`. */
export interface PlateauOptions {
  /** Factor when accuracy has stopped rising. Default 0.1. */
  factor?: number;
  /** Epochs without a rise before that. Default 10. */
  patience?: number;
}

export const learningRate = finite("a number above 0", 0.001, (value) => value > 0);
export const decay = finite("a number of at least 0", 0, (value) => value >= 0);
const belowOne = finite("a number from 0 to below 1", 0, (value) => value >= 0 && value < 1);
const factorField = finite("a number above 0 and below 1", 0.1, (value) => value > 0 && value < 1);

const betas: readonly number[] = [0.9, 0.999];
const betasField: Field<readonly number[]> = {
  expects: "a list of two numbers from 0 to below 1",
  parse: (value, site, name) => {
    const list = listOf(belowOne, "", 2).parse(value, site, name);
    return list?.length === 2 ? list : undefined;
  },
  required: false,
  guess: betas,
};

const adamFields = {
  lr: optional(learningRate, 0.001),
  weightDecay: optional(decay, 0),
  betas: betasField,
  eps: optional(
    finite("a number above 0", 1e-8, (value) => value > 0),
    1e-8,
  ),
} satisfies FieldsOf<AdamOptions>;

const sgdFields = {
  lr: learningRate,
  weightDecay: optional(decay, 0),
  momentum: optional(belowOne, 0),
  nesterov: flag(false),
} satisfies FieldsOf<SgdOptions>;

const cosineFields = {
  t0: integer(1, 10),
  tMult: optional(integer(1, 1), 1),
  etaMin: optional(decay, 0),
} satisfies FieldsOf<CosineWarmRestartsOptions>;

const stepFields = { stepSize: integer(1, 10), gamma: optional(factorField, 0.1) } satisfies FieldsOf<StepOptions>;

const plateauFields = {
  factor: optional(factorField, 0.1),
  patience: optional(integer(0, 10), 10),
} satisfies FieldsOf<PlateauOptions>;

/** Adam with an L2 penalty in the gradient, PyTorch's `Adam`. */
export function adam(options?: AdamOptions): Optimizer {
  const { lr, weightDecay, ...rest } = readOptions(enter("adam"), options, adamFields);
  return made("optimizer", { kind: "adam", lr, weightDecay, options: rest });
}

/** Adam with decoupled weight decay, PyTorch's `AdamW`. */
export function adamW(options?: AdamOptions): Optimizer {
  const { lr, weightDecay, ...rest } = readOptions(enter("adamW"), options, adamFields);
  return made("optimizer", { kind: "adamw", lr, weightDecay, options: rest });
}

/** Stochastic gradient descent, PyTorch's `SGD`. */
export function sgd(options: SgdOptions): Optimizer {
  const { lr, weightDecay, ...rest } = readOptions(enter("sgd"), options, sgdFields);
  return made("optimizer", { kind: "sgd", lr, weightDecay, options: rest });
}

/**
 * A cosine from the learning rate down to `etaMin` over `t0` epochs, then again from the top:
 * PyTorch's `CosineAnnealingWarmRestarts`.
 */
export function cosineWarmRestarts(options: CosineWarmRestartsOptions): Schedule {
  return made("schedule", {
    kind: "cosineWarmRestarts",
    options: readOptions(enter("cosineWarmRestarts"), options, cosineFields),
  });
}

/** The learning rate times `gamma` every `stepSize` epochs: PyTorch's `StepLR`. */
export function step(options: StepOptions): Schedule {
  return made("schedule", { kind: "step", options: readOptions(enter("step"), options, stepFields) });
}

/** The learning rate times `factor` when the accuracy has not risen for `patience` epochs: PyTorch's `ReduceLROnPlateau`. */
export function plateau(options?: PlateauOptions): Schedule {
  return made("schedule", { kind: "plateau", options: readOptions(enter("plateau"), options, plateauFields) });
}

/** The same learning rate throughout. */
export function constant(): Schedule {
  return made("schedule", { kind: "constant", options: {} });
}

/** An option that holds an optimiser. */
export const optimizerField = madeField<Optimizer>("optimizer", "an optimiser such as adam({ lr: 0.01 })");

/** An option that holds a schedule. */
export const scheduleField = madeField<Schedule>("schedule", "a schedule such as cosineWarmRestarts({ t0: 5 })");
