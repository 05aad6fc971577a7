/** Widths of accumulators: in the worst case of all weights, and for the weights there are. */
import {
  brevitasAccumulatorBits,
  worstCaseAccumulatorBits,
  type AccumulatorOperands,
} from "../../graph/accumulator.js";
import { bitWidth, isSigned, type DataType } from "../../graph/datatype.js";
import type { TensorData } from "../../graph/graph.js";
import { quantizerOf } from "../../graph/values/quantizers.js";
import { broadcastIndex, hasValue } from "../../graph/values/tensor-value.js";
import type { Facts, Mac } from "./facts.js";
import { isNarrow } from "./flow.js";
import { quantizedOutputAxis } from "./layers.js";

/** What FINN, ONNX Runtime and the cost tools' INT32 accumulate in. */
export const targetBits = 32;

/** Whole numbers up to this many bits are exact in float32, in which browsers and ONNX Runtime simulate integers. */
export const exactFloatBits = 24;

/** Bits of the accumulator whatever the weights, never too few. `undefined` where input or weight are no integers. */
export function worstCaseBits(facts: Facts, mac: Mac): number | undefined {
  const operands = operandsOf(facts, mac);
  return operands && worstCaseAccumulatorBits(operands);
}

/** The same as Brevitas computes it, which can be too few. */
export function brevitasBits(facts: Facts, mac: Mac): number | undefined {
  const operands = operandsOf(facts, mac);
  return operands && brevitasAccumulatorBits(operands);
}

function operandsOf(facts: Facts, mac: Mac): AccumulatorOperands | undefined {
  const inputType = facts.type(mac.input);
  const weight = mac.weightQuantizer;
  if (!isNarrow(inputType) || weight?.bits === undefined || mac.fanIn === undefined) return undefined;
  return {
    inputBits: bitWidth(inputType),
    inputSigned: isSigned(inputType),
    weightBits: weight.bits,
    weightSigned: weight.signed,
    narrowWeights: weight.narrow,
    products: mac.fanIn,
    ...(mac.bias !== undefined && {
      bias: { bits: mac.biasQuantizer?.bits ?? 0, signed: mac.biasQuantizer?.signed ?? true },
    }),
  };
}

/** The integer weights of one output channel, summed up. */
export interface ChannelSums {
  /** Sum of the positive integers. */
  readonly positive: number;
  /** Sum of the negative integers, at most 0. */
  readonly negative: number;
}

/** True for a channel whose weights add up to 0 without all being 0. */
export function isZeroCentred({ positive, negative }: ChannelSums): boolean {
  return positive > 0 && positive + negative === 0;
}

/** Sums of a layer's integer weights per output channel; `undefined` without trained weights. Memoised on the layer. */
export function channelSums(facts: Facts, mac: Mac): readonly ChannelSums[] | undefined {
  if (!sumsOfMac.has(mac)) sumsOfMac.set(mac, sumChannels(facts, mac));
  return sumsOfMac.get(mac);
}

const sumsOfMac = new WeakMap<Mac, readonly ChannelSums[] | undefined>();

/** The integers of a quantised weight in the order of its elements, and the axis of its output channels. */
export interface IntegerWeight {
  readonly shape: readonly number[];
  readonly integers: Float64Array;
  readonly floats: TensorData;
  readonly axis: number;
}

/** The integer weights of a layer; `undefined` without trained weights or where the quantiser is not uniform. */
export function integerWeight(facts: Facts, mac: Mac): IntegerWeight | undefined {
  const quantizer = mac.weightQuantizer;
  if (quantizer?.kind !== "uniform") return undefined;
  const inputs = quantizer.node.inputs.map((name) => facts.tensor(name));
  if (!inputs.every(hasValue)) return undefined;
  const [weight, scale] = inputs;
  const values = quantizerOf(quantizer.node, inputs);
  if (!weight || !scale || !values) return undefined;
  const scaleIndex = broadcastIndex(scale.shape, weight.shape);
  const integers = Float64Array.from(weight.data, (_, index) =>
    Math.round(values.element(index) / (scale.data[scaleIndex(index)] ?? 1)),
  );
  return { shape: weight.shape, integers, floats: weight.data, axis: quantizedOutputAxis(facts, mac) };
}

/** Which output channel an element belongs to. */
export function channelOf({ shape, axis }: IntegerWeight): (index: number) => number {
  const channels = shape[axis] ?? 1;
  const stride = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  return (index) => Math.floor(index / stride) % channels;
}

/**
 * Bits that the sum really needs: the largest and the smallest it can reach with these weights over all inputs of the type.
 * Source: FINN, `src/finn/custom_op/fpgadataflow/matrixvectoractivation.py`, `minimize_accumulator_width`.
 */
export function neededBits(sums: readonly ChannelSums[], inputType: DataType): number {
  const bits = bitWidth(inputType);
  const [least, most] = isSigned(inputType) ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  let [lowest, highest] = [0, 0];
  for (const { positive, negative } of sums) {
    lowest = Math.min(lowest, positive * least + negative * most);
    highest = Math.max(highest, positive * most + negative * least);
  }
  if (lowest === 0) return Math.max(1, Math.ceil(Math.log2(highest + 1)));
  return 1 + Math.ceil(Math.log2(Math.max(-lowest, highest + 1)));
}

function sumChannels(facts: Facts, mac: Mac): readonly ChannelSums[] | undefined {
  const weight = integerWeight(facts, mac);
  if (weight === undefined) return undefined;
  const channels = weight.shape[weight.axis] ?? 1;
  const positive = new Float64Array(channels);
  const negative = new Float64Array(channels);
  const channel = channelOf(weight);
  weight.integers.forEach((integer, index) => {
    const sums = integer > 0 ? positive : negative;
    const at = channel(index);
    sums[at] = (sums[at] ?? 0) + integer;
  });
  return Array.from(positive, (sum, index) => ({ positive: sum, negative: negative[index] ?? 0 }));
}
