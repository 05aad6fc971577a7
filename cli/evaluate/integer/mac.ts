/** Convolutions and matrix products of the integer network: each integer operand has an accumulator of its own. */
import type { AccumulatorOperands } from "../../../shared/graph/accumulator.js";
import type { Shape } from "../../../shared/graph/graph.js";
import {
  atChannel,
  fitsInt32,
  isPlain,
  materialise,
  type AccumulatorTrack,
  type Assembly,
  type Form,
  type Numbers,
  type Term,
} from "./form.js";
import { convProduct, fillPrepared, linearProduct, type ConvOp, type LinearOp, type Product } from "./products.js";
import { integerSums, wideSums, type Taps } from "./sums.js";
import { constantOf, type Constant, type NetworkState } from "./weights.js";

/** Doubles are exact up to here. */
const mostExact = 2 ** 53;

/** How far a bias's scale may be from the accumulator's: both are products of float32 numbers, rounded in another order. */
const sameScale = 1e-6;

/** The result of a convolution or matrix product. `note` is told why it is not all integers. */
export function multiplyAccumulate(
  assembly: Assembly,
  state: NetworkState,
  op: ConvOp | LinearOp,
  input: Form,
  output: Shape,
  note: (reason: string) => void,
): Form {
  const product = op.kind === "conv" ? convProduct(op, input.shape, output) : linearProduct(op, input.shape, output);
  const weight = constantOf(state, op.weight, product.weightShape);
  const bias = op.bias && constantOf(state, op.bias, [product.sums.channels]);
  const reason = whyFloat(input, weight, product, bias);
  if (reason !== undefined) {
    note(reason);
    return floatProduct(assembly, materialise(assembly, input), output, { product, weight, bias });
  }
  if (input.terms.length > 1) {
    note(
      `its input is a sum of ${input.terms.length} scales: each is multiplied in integers of its own, then they are added by scale`,
    );
  }
  const [only, ...others] = input.terms;
  const biasFits = bias && only && others.length === 0 && fits(bias, accumulatorScale(product, only, weight));
  const initial = biasFits === true ? bias : undefined;
  const operands = { product, weight, bias: initial };
  const terms = input.terms.map((term, index) => {
    const { result, accumulator } = integerProduct(assembly, term, operands);
    const summand = input.terms.length > 1 ? { summand: index + 1 } : {};
    assembly.accumulators.push({ node: op.name, ...summand, ...accumulator });
    return result;
  });
  if (terms.some(({ min, max }) => Math.max(-min, max) > mostExact)) {
    note("its accumulator may need more than 53 bits, which are not exact here");
  }
  const offset = bias && initial === undefined ? valuesOf(bias) : undefined;
  return { shape: output, terms, after: [], ...(offset && { offset }) };
}

function whyFloat(input: Form, weight: Constant, product: Product, bias: Constant | undefined): string | undefined {
  if (!weight.integer) return "its weights are not quantised to integers";
  if (weight.scale.length > 1 && weight.axis !== product.weightAxis) return "its weights have a scale per input";
  if (!isPlain(input) || input.terms.some(({ integer }) => !integer)) return "its input is not quantised to integers";
  if (product.soleInput === undefined && input.terms.some(({ scale }) => scale.length > 1)) {
    return "its input has a scale per channel, so its products have no common scale";
  }
  // Channels are on the last axis here, where a form has no scales or offsets of its own.
  if (product.channelsLast && (weight.scale.length > 1 || bias !== undefined)) {
    return "it multiplies several rows and has a bias or a scale per channel";
  }
  return undefined;
}

/** The scale of an accumulator: of its input times that of its weight, one or one per output channel. */
function accumulatorScale(product: Product, term: Term, weight: Constant): Float64Array {
  const { channels } = product.sums;
  const single = term.scale.length === 1 && weight.scale.length === 1;
  return Float64Array.from(
    { length: single ? 1 : channels },
    (_, channel) =>
      atChannel(term.scale, product.soleInput?.(channel) ?? 0) *
      atChannel(weight.scale, product.weightChannel(channel)),
  );
}

/** True when a bias has the accumulator's scale, so that it is where the sum starts. */
function fits(bias: Constant, scale: Float64Array): boolean {
  if (!bias.integer) return false;
  const count = Math.max(bias.scale.length, scale.length);
  return Array.from({ length: count }, (_, channel) => channel).every((channel) => {
    const wanted = atChannel(scale, channel);
    return Math.abs(atChannel(bias.scale, channel) - wanted) <= sameScale * wanted;
  });
}

function valuesOf({ values, scaleAt }: Constant): Float64Array {
  return values.map((value, index) => value * scaleAt(index));
}

/** What an accumulator is made from. */
interface Operands {
  readonly product: Product;
  readonly weight: Constant;
  /** Where the sums start. */
  readonly bias: Constant | undefined;
}

function integerProduct(
  assembly: Assembly,
  term: Term,
  { product, weight, bias }: Operands,
): { readonly result: Term; readonly accumulator: Omit<AccumulatorTrack, "node"> } {
  const taps = tapLists(product, weight.values, bias?.values);
  const { min, max } = sumBounds(taps, term);
  const values = runSums(assembly, product, term.values, taps, fitsInt32(min, max));
  const operands = operandWidths(product, term, weight, bias);
  const ordered = product.channelsLast ? transposed(assembly, product, values) : values;
  return {
    result: { values: ordered, scale: accumulatorScale(product, term, weight), min, max, integer: true },
    accumulator: { values, min, max, ...(operands && { operands }) },
  };
}

function operandWidths(
  product: Product,
  { bits: inputBits, min }: Term,
  { quantizer }: Constant,
  bias: Constant | undefined,
): AccumulatorOperands | undefined {
  if (inputBits === undefined || quantizer === undefined) return undefined;
  return {
    inputBits,
    inputSigned: min < 0,
    weightBits: quantizer.bits,
    weightSigned: quantizer.signed,
    narrowWeights: quantizer.narrow,
    products: product.taps(0).weights.length,
    ...(bias?.quantizer && { bias: { bits: bias.quantizer.bits, signed: bias.quantizer.signed } }),
  };
}

/** In floating point; the input is floats of scale 1. */
function floatProduct(assembly: Assembly, input: Form, output: Shape, { product, weight, bias }: Operands): Form {
  const [term] = input.terms;
  if (term === undefined) throw new Error("A value without terms cannot be multiplied.");
  const taps = tapLists(product, valuesOf(weight), bias && valuesOf(bias));
  const values = runSums(assembly, product, term.values, taps, false);
  const ordered = product.channelsLast ? transposed(assembly, product, values) : values;
  return { shape: output, terms: [{ ...term, values: ordered }], after: [] };
}

/** Adds the steps that sum up, in 32-bit integers where the sums are known to fit; gives the sums (channels, positions). */
function runSums(
  assembly: Assembly,
  product: Product,
  from: Numbers,
  taps: Taps<Float64Array>,
  fits32: boolean,
): Numbers {
  const { sums } = product;
  const input = prepared(assembly, product, from);
  const count = sums.channels * sums.rows * sums.columns;
  if (!fits32 || !(input instanceof Int32Array)) {
    const values = new Float64Array(count);
    assembly.steps.push(() => {
      wideSums(input, taps, sums, values);
    });
    return values;
  }
  const values = new Int32Array(count);
  const narrow = { ...taps, weights: Int32Array.from(taps.weights), initial: Int32Array.from(taps.initial) };
  assembly.steps.push(() => {
    integerSums(input, narrow, sums, values);
  });
  return values;
}

/** The taps whose weight is not zero. */
function tapLists(product: Product, values: Float64Array, initial: Float64Array | undefined): Taps<Float64Array> {
  const { channels } = product.sums;
  const starts = new Int32Array(channels + 1);
  const offsets: number[] = [];
  const weights: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const taps = product.taps(channel);
    taps.weights.forEach((index, tap) => {
      const weight = values[index] ?? 0;
      if (weight === 0) return;
      weights.push(weight);
      offsets.push(taps.offsets[tap] ?? 0);
    });
    starts[channel + 1] = weights.length;
  }
  return {
    starts,
    offsets: Int32Array.from(offsets),
    weights: Float64Array.from(weights),
    initial: initial ?? new Float64Array(channels),
  };
}

/** Least and greatest sum over any inputs of the term; a tap may meet a zero of the padding. */
function sumBounds(taps: Taps<Float64Array>, term: Term): { readonly min: number; readonly max: number } {
  const low = Math.min(0, term.min);
  const high = Math.max(0, term.max);
  let min = Infinity;
  let max = -Infinity;
  taps.initial.forEach((initial, channel) => {
    let least = initial;
    let greatest = initial;
    for (let tap = taps.starts[channel] ?? 0; tap < (taps.starts[channel + 1] ?? 0); tap++) {
      const weight = taps.weights[tap] ?? 0;
      least += Math.min(weight * low, weight * high);
      greatest += Math.max(weight * low, weight * high);
    }
    min = Math.min(min, least);
    max = Math.max(max, greatest);
  });
  return { min, max };
}

/** The input with its zeros. */
function prepared(assembly: Assembly, { prepare }: Product, values: Numbers): Numbers {
  if (prepare === undefined) return values;
  const ready = values instanceof Int32Array ? new Int32Array(prepare.length) : new Float64Array(prepare.length);
  assembly.steps.push(() => {
    fillPrepared(prepare.into, values, ready);
  });
  return ready;
}

/** (channels, positions) as (positions, channels). */
function transposed(assembly: Assembly, { sums: { channels, columns } }: Product, values: Numbers): Numbers {
  const result = values instanceof Int32Array ? new Int32Array(values.length) : new Float64Array(values.length);
  assembly.steps.push(() => {
    for (let index = 0; index < values.length; index++) {
      result[(index % columns) * channels + Math.floor(index / columns)] = values[index] ?? 0;
    }
  });
  return result;
}
