/** Optimisers: PyTorch 1.13's Adam, AdamW and SGD, in place on a session's parameters. */
import type { OptimizerDefinition } from "../../../shared/dsl/definition.js";
import { constrainWeights } from "../constrain.js";
import type { TrainProgram } from "../program.js";

/** Everything that an optimiser remembers, to be saved and loaded as it is. */
export interface OptimizerState {
  /** By `<parameter>.<PyTorch's name>`: `exp_avg`, `exp_avg_sq`, `momentum_buffer`. */
  readonly buffers: Map<string, Float32Array>;
  /** Updates that each parameter has had: learned thresholds join late. */
  readonly steps: Map<string, number>;
}

/** What is updated; a session fits. */
export interface OptimizerTarget {
  readonly program: TrainProgram;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Parameters without an entry are left alone, as PyTorch leaves those without a gradient. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

export interface UpdateOptions {
  /** The learning rate in force; the definition's own is where schedules start. */
  readonly lr: number;
  /** Parameters to leave alone although they have gradients. */
  readonly frozen?: ReadonlySet<string>;
}

export function newOptimizerState(): OptimizerState {
  return { buffers: new Map(), steps: new Map() };
}

/** One update of all parameters that have a gradient. Computes in float64 and stores float32. */
export function updateParameters(
  definition: OptimizerDefinition,
  target: OptimizerTarget,
  state: OptimizerState,
  { lr, frozen }: UpdateOptions,
): void {
  const update = definition.kind === "sgd" ? updateBySgd : updateByAdam;
  for (const [name, gradient] of target.gradients) {
    const parameter = target.parameters.get(name);
    if (!parameter || frozen?.has(name)) continue;
    const step = (state.steps.get(name) ?? 0) + 1;
    state.steps.set(name, step);
    update(definition, state, { name, parameter, gradient, step, lr });
  }
  constrainWeights(target.program, target.parameters);
}

interface Update {
  readonly name: string;
  readonly parameter: Float32Array;
  readonly gradient: Float32Array;
  /** 1 for the parameter's first update. */
  readonly step: number;
  readonly lr: number;
}

/** Kingma and Ba, 2015; with `adamw` the decay is apart from the gradient (Loshchilov and Hutter, 2019). */
function updateByAdam(
  { kind, weightDecay, options }: OptimizerDefinition,
  state: OptimizerState,
  { name, parameter, gradient, step, lr }: Update,
): void {
  const [beta1, beta2] = betas(options.betas);
  const eps = numberOption(options.eps, 1e-8);
  const mean = bufferOf(state, `${name}.exp_avg`, parameter.length);
  const square = bufferOf(state, `${name}.exp_avg_sq`, parameter.length);
  const stepSize = lr / (1 - beta1 ** step);
  const correction = Math.sqrt(1 - beta2 ** step);
  const l2 = kind === "adam" ? weightDecay : 0;
  const kept = kind === "adamw" ? 1 - lr * weightDecay : 1;
  for (let index = 0; index < parameter.length; index++) {
    const value = parameter[index] ?? 0;
    const slope = (gradient[index] ?? 0) + l2 * value;
    const m = Math.fround(beta1 * (mean[index] ?? 0) + (1 - beta1) * slope);
    const v = Math.fround(beta2 * (square[index] ?? 0) + (1 - beta2) * slope * slope);
    mean[index] = m;
    square[index] = v;
    parameter[index] = kept * value - (stepSize * m) / (Math.sqrt(v) / correction + eps);
  }
}

function updateBySgd(
  { weightDecay, options }: OptimizerDefinition,
  state: OptimizerState,
  { name, parameter, gradient, step, lr }: Update,
): void {
  const momentum = numberOption(options.momentum, 0);
  const nesterov = options.nesterov === true;
  const buffer = momentum === 0 ? undefined : bufferOf(state, `${name}.momentum_buffer`, parameter.length);
  for (let index = 0; index < parameter.length; index++) {
    const value = parameter[index] ?? 0;
    let slope = (gradient[index] ?? 0) + weightDecay * value;
    if (buffer) {
      const velocity = step === 1 ? slope : momentum * (buffer[index] ?? 0) + slope;
      buffer[index] = velocity;
      slope = nesterov ? slope + momentum * velocity : velocity;
    }
    parameter[index] = value - lr * slope;
  }
}

function bufferOf({ buffers }: OptimizerState, name: string, length: number): Float32Array {
  const known = buffers.get(name);
  if (known?.length === length) return known;
  const made = new Float32Array(length);
  buffers.set(name, made);
  return made;
}

function numberOption(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}

function betas(value: unknown): readonly [number, number] {
  const [first, second] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  return [numberOption(first, 0.9), numberOption(second, 0.999)];
}
