/** Convolutions and matrix products as lists of taps over a padded input. */
import { elementCount, type Shape } from "../../../shared/graph/graph.js";
import type { TrainOp } from "../../train/program.js";
import type { Numbers } from "./form.js";
import type { SumShape } from "./sums.js";

export type ConvOp = Extract<TrainOp, { kind: "conv" }>;
export type LinearOp = Extract<TrainOp, { kind: "linear" }>;

/** A multiply-accumulate operator, whatever its weights and the numbers it works on. */
export interface Product {
  readonly sums: SumShape;
  /** Size of each dimension of the weight. */
  readonly weightShape: Shape;
  /** The weight's axis of output channels. */
  readonly weightAxis: number;
  /** Weight and place in the prepared input of each tap of an output channel. */
  taps(output: number): { readonly weights: Int32Array; readonly offsets: Int32Array };
  /** Elements of the input with the zeros that the taps expect around and between them; `undefined`: as they are. */
  readonly prepare: { readonly length: number; readonly into: Int32Array } | undefined;
  /** The input channel that an output channel reads, when it reads one only. */
  readonly soleInput: ((output: number) => number) | undefined;
  /** Place on the weight's channel axis of an output channel. */
  readonly weightChannel: (output: number) => number;
  /** The sums lie (channels, positions) in memory but the result is (positions, channels). */
  readonly channelsLast: boolean;
}

/** Copies an input between its zeros. */
export function fillPrepared(into: Int32Array, from: Numbers, to: Numbers): void {
  for (let index = 0; index < into.length; index++) {
    const place = into[index] ?? -1;
    if (place !== -1) to[place] = from[index] ?? 0;
  }
}

/** On one dimension: where inputs go on the line that the taps run over. */
interface Line {
  readonly length: number;
  readonly first: number;
  readonly step: number;
  /** Between the first taps of neighbouring outputs, and between taps. */
  readonly stride: number;
  readonly dilation: number;
}

/** One spatial dimension counts as two, the first of size 1. */
function two(values: readonly number[]): readonly [number, number] {
  return values.length === 1 ? [1, values[0] ?? 1] : [values[0] ?? 1, values[1] ?? 1];
}

/** The sizes that a convolution's taps are counted by. */
interface ConvSizes {
  readonly perGroup: { readonly in: number; readonly out: number };
  readonly kernel: readonly [rows: number, columns: number];
  readonly vertical: Line;
  readonly horizontal: Line;
}

export function convProduct(op: ConvOp, input: Shape, output: Shape): Product {
  const inputs = input[0] ?? 1;
  const outputs = output[0] ?? 1;
  const inSize = two(input.slice(1));
  const [rows, columns] = two(output.slice(1));
  const kernel = two(op.kernel);
  const axis = op.kernel.length - 1;
  const vertical = axis === 0 ? single : lineOf(op, axis - 1, inSize[0], rows, kernel[0]);
  const horizontal = lineOf(op, axis, inSize[1], columns, kernel[1]);
  const perGroup = { in: inputs / op.groups, out: outputs / op.groups };
  const { transposed } = op;
  return {
    sums: {
      channels: outputs,
      rows,
      columns,
      rowStep: vertical.stride * horizontal.length,
      columnStep: horizontal.stride,
    },
    weightAxis: transposed ? 1 : 0,
    weightShape: [...(transposed ? [inputs, perGroup.out] : [outputs, perGroup.in]), ...op.kernel],
    taps: (channel) => convTaps(op, { perGroup, kernel, vertical, horizontal }, channel),
    prepare: preparation(inputs, inSize, vertical, horizontal),
    soleInput: perGroup.in === 1 ? (channel) => Math.floor(channel / perGroup.out) : undefined,
    weightChannel: (channel) => (transposed ? channel % perGroup.out : channel),
    channelsLast: false,
  };
}

function convTaps({ transposed }: ConvOp, sizes: ConvSizes, channel: number): ReturnType<Product["taps"]> {
  const { perGroup, kernel, vertical, horizontal } = sizes;
  const kernelSize = kernel[0] * kernel[1];
  const group = Math.floor(channel / perGroup.out);
  const count = perGroup.in * kernelSize;
  const weights = new Int32Array(count);
  const offsets = new Int32Array(count);
  for (let tap = 0; tap < count; tap++) {
    const from = Math.floor(tap / kernelSize);
    const place = tap % kernelSize;
    // A transposed convolution runs its kernel backwards over the stretched input.
    weights[tap] = transposed
      ? ((group * perGroup.in + from) * perGroup.out + (channel % perGroup.out) + 1) * kernelSize - 1 - place
      : (channel * perGroup.in + from) * kernelSize + place;
    const row = Math.floor(place / kernel[1]) * vertical.dilation;
    const column = (place % kernel[1]) * horizontal.dilation;
    offsets[tap] = ((group * perGroup.in + from) * vertical.length + row) * horizontal.length + column;
  }
  return { weights, offsets };
}

/** The line of a dimension that is not there. */
const single: Line = { length: 1, first: 0, step: 1, stride: 1, dilation: 1 };

function lineOf(op: ConvOp, axis: number, inputs: number, outputs: number, taps: number): Line {
  const stride = op.stride[axis] ?? 1;
  const dilation = op.dilation[axis] ?? 1;
  const [before = 0] = op.padding[axis] ?? [];
  const reach = dilation * (taps - 1);
  if (op.transposed) return { length: outputs + reach, first: reach - before, step: stride, stride: 1, dilation };
  // Never shorter than the input: the last elements may lie beyond the last window.
  const length = Math.max((outputs - 1) * stride + reach + 1, before + inputs);
  return { length, first: before, step: 1, stride, dilation };
}

function preparation(
  channels: number,
  [inRows, inColumns]: readonly [number, number],
  vertical: Line,
  horizontal: Line,
): Product["prepare"] {
  const same = ({ length, first }: Line, inputs: number): boolean => length === inputs && first === 0;
  if (same(vertical, inRows) && same(horizontal, inColumns)) return undefined;
  const into = new Int32Array(channels * inRows * inColumns);
  for (let index = 0; index < into.length; index++) {
    const row = vertical.first + (Math.floor(index / inColumns) % inRows) * vertical.step;
    const column = horizontal.first + (index % inColumns) * horizontal.step;
    const inside = row >= 0 && row < vertical.length && column >= 0 && column < horizontal.length;
    const channel = Math.floor(index / (inRows * inColumns));
    into[index] = inside ? (channel * vertical.length + row) * horizontal.length + column : -1;
  }
  return { length: channels * vertical.length * horizontal.length, into };
}

export function linearProduct(op: LinearOp, input: Shape, output: Shape): Product {
  const features = input.at(-1) ?? 1;
  const outputs = output.at(-1) ?? 1;
  const positions = elementCount(input) / features;
  return {
    sums: { channels: outputs, rows: 1, columns: positions, rowStep: 0, columnStep: features },
    weightAxis: op.weightTransposed ? 1 : 0,
    weightShape: op.weightTransposed ? [features, outputs] : [outputs, features],
    taps(output) {
      const offsets = Int32Array.from({ length: features }, (_, feature) => feature);
      const weights = offsets.map((feature) =>
        op.weightTransposed ? feature * outputs + output : output * features + feature,
      );
      return { weights, offsets };
    },
    prepare: undefined,
    soleInput: undefined,
    weightChannel: (channel) => channel,
    channelsLast: input.length > 1,
  };
}
