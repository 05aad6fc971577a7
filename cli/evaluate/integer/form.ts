/**
 * How a value of the program is held while the integer network runs: as integers with scales,
 *
 *     value(c, i) = after(offset(c) + sum over terms of scale_t(c) * integer_t(c, i)),   c: position on axis 0
 *
 * A quantised tensor is one term. The sum of two tensors with different scales is two. Batch norm changes scales and offset;
 * activation functions wait in `after` until a quantiser makes integers again, which it does by comparing the integers with
 * thresholds (as FINN's streamlining: Umuroglu and Jahre, "Streamlined Deployment for Quantized Neural Networks", 2017).
 */
import type { AccumulatorOperands } from "../../../shared/graph/accumulator.js";
import { elementCount, type Shape } from "../../../shared/graph/graph.js";

export type Numbers = Int32Array | Float64Array;

export interface Term {
  /** The elements, in the shape's order; filled when the network runs. */
  readonly values: Numbers;
  /** One, or one per position on axis 0. */
  readonly scale: Float64Array;
  /** No element is outside of these. */
  readonly min: number;
  readonly max: number;
  /** False: `values` are floats. */
  readonly integer: boolean;
  /** Width of the quantiser that they come from, while they are that one's codes. */
  readonly bits?: number;
}

/** A function of one element. */
export interface Activation {
  apply(x: number, channel: number): number;
  /** How it goes with x: never down, one way or the other in each channel, or up and down. */
  readonly course: "rising" | "monotone" | "any";
  /** The same in every channel. */
  readonly uniform: boolean;
}

export interface Form {
  readonly shape: Shape;
  readonly terms: readonly Term[];
  readonly offset?: Float64Array;
  readonly after: readonly Activation[];
}

/** Where the arithmetic is not all integers, and why. */
export interface FloatNote {
  /** The graph's node. */
  readonly node: string;
  /** Index of the layer. */
  readonly layer?: number;
  readonly reason: string;
}

/** An accumulator of a convolution or matrix product: the sums of one integer operand. */
export interface AccumulatorTrack {
  readonly node: string;
  /** From 1, where the input is a sum of several scales. */
  readonly summand?: number;
  readonly values: Numbers;
  /** Bounds for the weights in force and any input. */
  readonly min: number;
  readonly max: number;
  /** What is multiplied, where both come from quantisers. */
  readonly operands?: AccumulatorOperands;
}

/** A network under construction. Steps run in order for each sample; notes and tracks are for reports. */
export interface Assembly {
  readonly steps: (() => void)[];
  readonly notes: FloatNote[];
  readonly accumulators: AccumulatorTrack[];
}

/** Sums up to here are held in 32-bit integers. */
const int32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };

export function fitsInt32(min: number, max: number): boolean {
  return min >= int32.min && max <= int32.max;
}

/** Room for integers within bounds: 32 bits where they suffice, else doubles, which are exact up to 2^53. */
export function integerTerm(count: number, scale: Float64Array, min: number, max: number): Term {
  const values = fitsInt32(min, max) ? new Int32Array(count) : new Float64Array(count);
  return { values, scale, min, max, integer: true };
}

/** Room for floats, of scale 1. */
export function floatTerm(count: number): Term {
  return { values: new Float64Array(count), scale: one, min: -Infinity, max: Infinity, integer: false };
}

const one = Float64Array.of(1);

/** The value at a channel of numbers that are one for all channels or one per channel. */
export function atChannel(numbers: Float64Array, channel: number): number {
  return (numbers.length === 1 ? numbers[0] : numbers[channel]) ?? 0;
}

/** Positions on axis 0, and elements at each. */
export function channelsOf(shape: Shape): { readonly channels: number; readonly perChannel: number } {
  const channels = shape[0] ?? 1;
  return { channels, perChannel: elementCount(shape) / channels };
}

/** The only term of a form that is nothing but this term. */
export function soleTerm({ terms, offset, after }: Form): Term | undefined {
  return terms.length === 1 && offset === undefined && after.length === 0 ? terms[0] : undefined;
}

/** True when a form is a sum of terms and nothing else. */
export function isPlain({ offset, after }: Form): boolean {
  return offset === undefined && after.length === 0;
}

/** The value of an element before the activation functions. */
export function sumAt({ terms, offset }: Form, channel: number, index: number): number {
  let sum = offset === undefined ? 0 : atChannel(offset, channel);
  for (const { values, scale } of terms) sum += atChannel(scale, channel) * (values[index] ?? 0);
  return sum;
}

export function applyAll(after: readonly Activation[], x: number, channel: number): number {
  let value = x;
  for (const activation of after) value = activation.apply(value, channel);
  return value;
}

/** The form's values as floats. */
export function materialise(assembly: Assembly, form: Form): Form {
  const sole = soleTerm(form);
  if (sole?.integer === false && sole.scale === one) return form;
  const term = floatTerm(elementCount(form.shape));
  const { channels, perChannel } = channelsOf(form.shape);
  assembly.steps.push(() => {
    for (let channel = 0; channel < channels; channel++) {
      for (let index = channel * perChannel; index < (channel + 1) * perChannel; index++) {
        term.values[index] = applyAll(form.after, sumAt(form, channel, index), channel);
      }
    }
  });
  return { shape: form.shape, terms: [term], after: [] };
}

/** True when nothing of a form depends on the position on axis 0, so that elements may leave it. */
export function isUniform({ terms, offset, after }: Form): boolean {
  const single = (numbers: Float64Array): boolean => numbers.length === 1;
  return (
    terms.every(({ scale }) => single(scale)) &&
    (offset === undefined || single(offset)) &&
    after.every(({ uniform }) => uniform)
  );
}

/**
 * The form whose elements are those at `sources` of another; -1 stands for 0.
 * `scaleOf`: what becomes of scales and offsets where positions on axis 0 change.
 */
export function gathered(
  assembly: Assembly,
  form: Form,
  shape: Shape,
  sources: Int32Array,
  scaleOf: (scale: Float64Array) => Float64Array = (scale) => scale,
): Form {
  const terms = form.terms.map((term) => {
    const values =
      term.values instanceof Int32Array ? new Int32Array(sources.length) : new Float64Array(sources.length);
    assembly.steps.push(() => {
      for (let index = 0; index < sources.length; index++) values[index] = term.values[sources[index] ?? -1] ?? 0;
    });
    return { ...term, values, scale: scaleOf(term.scale), min: Math.min(term.min, 0), max: Math.max(term.max, 0) };
  });
  return { ...form, shape, terms, ...(form.offset && { offset: scaleOf(form.offset) }) };
}
