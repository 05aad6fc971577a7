/** Batch norm, activation functions, sums, products and joins of the integer network. */
import { elementCount, type Shape } from "../../../shared/graph/graph.js";
import type { TrainOp } from "../../train/program.js";
import {
  atChannel,
  channelsOf,
  floatTerm,
  gathered,
  integerTerm,
  isPlain,
  materialise,
  type Activation,
  type Assembly,
  type Form,
  type Term,
} from "./form.js";
import { sourceIndices, stretchIndices, strides } from "./geometry.js";
import type { NetworkState } from "./weights.js";

/** Batch norm with its running statistics: a factor on the scales and an offset, or a function of what waits in `after`. */
export function batchNorm(state: NetworkState, op: Extract<TrainOp, { kind: "batchNorm" }>, input: Form): Form {
  const read = (name: string, channel: number): number => {
    const values = state.parameters.get(name);
    if (values === undefined) throw new Error(`The session has no parameter ${name}.`);
    return values[channel] ?? 0;
  };
  const { channels } = channelsOf(input.shape);
  const factors = new Float64Array(channels);
  const shifts = new Float64Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const factor = read(op.gamma, channel) / Math.sqrt(read(op.runningVar, channel) + op.eps);
    factors[channel] = factor;
    shifts[channel] = read(op.beta, channel) - read(op.runningMean, channel) * factor;
  }
  if (input.after.length > 0) {
    const apply = (x: number, channel: number): number => x * (factors[channel] ?? 0) + (shifts[channel] ?? 0);
    return { ...input, after: [...input.after, { apply, course: "monotone", uniform: false }] };
  }
  const { offset } = input;
  return {
    ...input,
    terms: input.terms.map((term) => ({
      ...term,
      scale: factors.map((factor, channel) => atChannel(term.scale, channel) * factor),
    })),
    offset: shifts.map((shift, channel) => (offset ? atChannel(offset, channel) * (factors[channel] ?? 0) : 0) + shift),
  };
}

type ActivationOp = Extract<
  TrainOp,
  { kind: "relu" | "sigmoid" | "tanh" | "identity" | "elu" | "selu" | "clip" | "dropout" }
>;

/** An activation function waits for the quantiser behind it. */
export function activated(op: ActivationOp, input: Form): Form {
  const activation = activationOf(op);
  return activation === undefined ? input : { ...input, after: [...input.after, activation] };
}

function activationOf(op: ActivationOp): Activation | undefined {
  const course = (rises: boolean): Activation["course"] => (rises ? "rising" : "any");
  switch (op.kind) {
    case "identity":
    case "dropout":
      return undefined;
    case "relu":
      return { apply: (x) => Math.max(0, x), course: "rising", uniform: true };
    case "sigmoid":
      return { apply: (x) => 1 / (1 + Math.exp(-x)), course: "rising", uniform: true };
    case "tanh":
      return { apply: Math.tanh, course: "rising", uniform: true };
    case "clip":
      return { apply: (x) => Math.min(op.max, Math.max(op.min, x)), course: "rising", uniform: true };
    case "elu":
      return {
        apply: (x) => (x > 0 ? x : op.alpha * Math.expm1(x)),
        course: course(op.alpha >= 0),
        uniform: true,
      };
    case "selu":
      return {
        apply: (x) => op.gamma * (x > 0 ? x : op.alpha * Math.expm1(x)),
        course: course(op.alpha >= 0 && op.gamma >= 0),
        uniform: true,
      };
  }
}

/** A sum: integers of one scale are added, those of different scales stay terms of their own. */
export function added(
  assembly: Assembly,
  inputs: readonly Form[],
  output: Shape,
  note: (reason: string) => void,
): Form {
  if (inputs.some(({ after }) => after.length > 0)) note("it adds values that are not quantised");
  const forms = inputs.map((input) =>
    stretched(assembly, input.after.length > 0 ? materialise(assembly, input) : input, output),
  );
  const offsets = forms.flatMap(({ offset }) => offset ?? []);
  const terms = mergeTerms(
    assembly,
    forms.flatMap((form) => form.terms),
  );
  if (offsets.length === 0) return { shape: output, terms, after: [] };
  const { channels } = channelsOf(output);
  const offset = Float64Array.from({ length: channels }, (_, channel) =>
    offsets.reduce((sum, values) => sum + atChannel(values, channel), 0),
  );
  return { shape: output, terms, offset, after: [] };
}

/** Adds integers whose scales are the same. */
function mergeTerms(assembly: Assembly, terms: readonly Term[]): Term[] {
  const merged: Term[] = [];
  for (const term of terms) {
    const at = merged.findIndex((other) => other.integer && term.integer && sameNumbers(other.scale, term.scale));
    const other = merged[at];
    if (other === undefined) merged.push(term);
    else merged[at] = sumOf(assembly, other, term);
  }
  return merged;
}

function sameNumbers(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function sumOf(assembly: Assembly, a: Term, b: Term): Term {
  const sum = integerTerm(a.values.length, a.scale, a.min + b.min, a.max + b.max);
  assembly.steps.push(() => {
    for (let index = 0; index < sum.values.length; index++) {
      sum.values[index] = (a.values[index] ?? 0) + (b.values[index] ?? 0);
    }
  });
  return sum;
}

function stretched(assembly: Assembly, form: Form, output: Shape): Form {
  if (form.shape.every((size, axis) => size === output[axis])) return form;
  return gathered(assembly, form, output, stretchIndices(form.shape, output));
}

/** A product: of two quantised tensors in integers, else in floating point. */
export function multiplied(
  assembly: Assembly,
  inputs: readonly Form[],
  output: Shape,
  note: (reason: string) => void,
): Form {
  const integers = inputs.every((form) => isPlain(form) && form.terms.length === 1 && form.terms[0]?.integer === true);
  if (!integers) note("one of its factors is not quantised, or is a sum of two scales");
  const [a, b] = inputs.map((input) =>
    stretched(assembly, integers ? input : materialise(assembly, input), output).terms.at(0),
  );
  if (a === undefined || b === undefined) throw new Error("A product has two factors.");
  const product = integers ? integerFactors(a, b, output) : floatTerm(elementCount(output));
  assembly.steps.push(() => {
    for (let index = 0; index < product.values.length; index++) {
      product.values[index] = (a.values[index] ?? 0) * (b.values[index] ?? 0);
    }
  });
  return { shape: output, terms: [product], after: [] };
}

function integerFactors(a: Term, b: Term, output: Shape): Term {
  const corners = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max];
  const single = a.scale.length === 1 && b.scale.length === 1;
  const length = single ? 1 : channelsOf(output).channels;
  const scale = Float64Array.from(
    { length },
    (_, channel) => atChannel(a.scale, channel) * atChannel(b.scale, channel),
  );
  return integerTerm(elementCount(output), scale, Math.min(...corners), Math.max(...corners));
}

/** Tensors one after another on an axis. Each keeps its scale: where the others lie, its integers are 0. */
export function joined(
  assembly: Assembly,
  inputs: readonly Form[],
  output: Shape,
  axis: number,
  note: (reason: string) => void,
): Form {
  if (!inputs.every(isPlain)) note("it joins values that are not quantised");
  let start = 0;
  const terms = inputs.flatMap((input) => {
    const form = isPlain(input) ? input : materialise(assembly, input);
    const first = start;
    start += form.shape[axis] ?? 1;
    const sources = sourceIndices(output, strides(form.shape), (at, position) => {
      if (at !== axis) return position;
      return position >= first && position < start ? position - first : undefined;
    });
    return gathered(assembly, form, output, sources, (scale) =>
      axis === 0 && scale.length > 1 ? placed(scale, first, channelsOf(output).channels) : scale,
    ).terms;
  });
  return { shape: output, terms: mergeTerms(assembly, terms), after: [] };
}

/** Scales per channel at their place among the channels of a joined tensor. */
function placed(scale: Float64Array, first: number, channels: number): Float64Array {
  const result = new Float64Array(channels);
  result.set(scale, first);
  return result;
}
