/** Convolutions: `quantConv1d`, `quantConv2d`. Sizes follow PyTorch's Conv1d and Conv2d. */
import { elementCount } from "../graph/graph.js";
import type { Value } from "./builder.js";
import {
  addLayerNode,
  addParameter,
  beginLayer,
  endLayer,
  firstInput,
  nameField,
  reportLayer,
  spatialInput,
} from "./layer.js";
import type { LayerDraft, LayerOptions } from "./layer.js";
import { flag, integer, oneOf, optional, perDimension, readOptions, type Field, type FieldsOf } from "./options.js";
import { inputQuantPlace, outputQuantPlace, quantized, quantizedBias, quantizerField } from "./quantizer-nodes.js";
import type { Quantizer } from "./quantizers.js";
import { enter, type Site } from "./session.js";
import type { Tensor } from "./tensor.js";
import { fittingWindow, type Window } from "./window.js";

/** Rows and columns, or one number for both. */
export type PerAxis2d = number | readonly [height: number, width: number];

/** Options that all quantised multiply-accumulate layers share. */
export interface MacOptions extends LayerOptions {
  /** Add a bias per output channel. Default true (PyTorch's); leave it out before a batch norm, which has its own. */
  bias?: boolean;
  /** The weights' quantiser, such as `int(6)`. Default: none, weights are float and charged 32 bits. */
  weightQuant?: Quantizer;
  /** The bias's quantiser, such as `intBias()`. Default: none. A bias is free in the score. */
  biasQuant?: Quantizer;
  /** A quantiser for the input, before the multiplication. Default: none, the input is used as it is. */
  inputQuant?: Quantizer;
  /** A quantiser for the output. Default: none. */
  outputQuant?: Quantizer;
}

interface ConvOptions<Size> extends MacOptions {
  /** Channels of the output. The input's are inferred. */
  outChannels: number;
  /** Positions of the kernel. */
  kernelSize: Size;
  /** Step between two positions of the kernel. Default 1. */
  stride?: Size;
  /** Zeros added on both sides. `"same"` keeps the size (stride 1 only), `"valid"` adds none. Default 0. */
  padding?: Size | "same" | "valid";
  /** Distance between two taps of the kernel. Default 1. */
  dilation?: Size;
  /** Groups of channels that are convolved apart; must divide input and output channels. `x.channels` is depthwise. Default 1. */
  groups?: number;
  /** What is added on both sides. Only `"zeros"`, as in Brevitas. */
  paddingMode?: "zeros";
  /** Channels that the input is expected to have; reported when it has others. Default: not checked. */
  inChannels?: number;
}

/** Options of `quantConv1d`. */
export type QuantConv1dOptions = ConvOptions<number>;

/** Options of `quantConv2d`. */
export type QuantConv2dOptions = ConvOptions<PerAxis2d>;

/**
 * 1-D convolution, PyTorch's `Conv1d` with Brevitas's quantisers.
 *
 * Input (N, C, L), weight (outChannels, C / groups, kernelSize), output (N, outChannels, L') with
 * `L' = floor((L + 2 * padding - dilation * (kernelSize - 1) - 1) / stride) + 1`.
 *
 * Cost: `N * (outChannels / groups) * C * kernelSize * L'` MACs, each input bits * weight bits bit-operations; its
 * weight occupies elements * weight bits.
 */
export function quantConv1d(x: Tensor, options: QuantConv1dOptions): Tensor {
  return conv(enter("quantConv1d"), 1, x, options);
}

/**
 * 2-D convolution, PyTorch's `Conv2d` with Brevitas's quantisers.
 *
 * Input (N, C, H, W), weight (outChannels, C / groups, kernel rows, kernel columns), output (N, outChannels, H', W'),
 * each size as in `quantConv1d`. Cost: `N * (outChannels / groups) * C * prod(kernel) * H' * W'` MACs.
 */
export function quantConv2d(x: Tensor, options: QuantConv2dOptions): Tensor {
  return conv(enter("quantConv2d"), 2, x, options);
}

/** Fields of the options that all multiply-accumulate layers share. */
export const macFields = {
  name: nameField,
  bias: flag(true),
  weightQuant: quantizerField,
  biasQuant: quantizerField,
  inputQuant: quantizerField,
  outputQuant: quantizerField,
} satisfies FieldsOf<MacOptions>;

/** A padding: numbers per dimension or PyTorch's two words. */
function paddingField(dimensions: number): Field<readonly number[] | "same" | "valid"> {
  const numbers = perDimension(dimensions, 0, 0);
  return {
    ...numbers,
    expects: `${numbers.expects}, "same" or "valid"`,
    parse: (value, site, name) => (value === "same" || value === "valid" ? value : numbers.parse(value, site, name)),
    required: false,
  };
}

/** Fields of everything that slides a kernel with weights. */
export function kernelFields(dimensions: number) {
  const ones = perDimension(dimensions, 1, 1);
  return {
    ...macFields,
    outChannels: integer(1, 1),
    kernelSize: ones,
    stride: optional(ones, ones.guess),
    dilation: optional(ones, ones.guess),
    groups: optional(integer(1, 1), 1),
    inChannels: optional(integer(1, 1), undefined),
  };
}

function convFields(dimensions: number) {
  return {
    ...kernelFields(dimensions),
    padding: paddingField(dimensions),
    paddingMode: optional(oneOf(["zeros"], "zeros"), "zeros" as const),
  } satisfies FieldsOf<ConvOptions<unknown>>;
}

const fieldsByDimensions = { 1: convFields(1), 2: convFields(2) };

function conv(site: Site, dimensions: 1 | 2, x: unknown, raw: unknown): Tensor {
  const options = readOptions(site, raw, fieldsByDimensions[dimensions]);
  const layer = beginLayer({ site, base: "conv", name: options.name, inputs: [x] });
  const input = quantized(layer, spatialInput(layer, dimensions), options.inputQuant, inputQuantPlace);
  checkFeatures(layer, "inChannels", options.inChannels, input.shape[1]);
  const inChannels = input.shape[1] ?? 1;
  const groups = dividingGroups(layer, options.groups, inChannels, options.outChannels);
  const window = fittingWindow(layer, input.shape.slice(2), convWindow(layer, options));
  const weightShape = [options.outChannels, inChannels / groups, ...window.kernelSize];
  const weight = quantized(layer, addParameter(layer, "weight", weightShape), options.weightQuant, {
    role: "weightQuant",
    option: "weightQuant",
    channelAxis: 0,
  });
  const inFeatures = elementCount(weightShape.slice(1));
  const bias = macBias(layer, options, options.outChannels, { input, weight, inFeatures });
  const output = addLayerNode(layer, {
    opType: "Conv",
    role: "mac",
    inputs: [input, weight, ...(bias ? [bias] : [])],
    attributes: {
      dilations: window.dilation,
      group: groups,
      kernel_shape: window.kernelSize,
      pads: [...window.padBegin, ...window.padEnd],
      strides: window.stride,
    },
  });
  return endLayer(layer, quantized(layer, output, options.outputQuant, outputQuantPlace), options);
}

/** The window with its padding in numbers. PyTorch's "same" puts the odd zero at the end. */
function convWindow(
  layer: LayerDraft,
  {
    kernelSize,
    stride,
    dilation,
    padding,
  }: Pick<Window, "kernelSize" | "stride" | "dilation"> & { padding: readonly number[] | "same" | "valid" },
): Window {
  const window = { kernelSize, stride, dilation };
  if (padding !== "same" && padding !== "valid") return { ...window, padBegin: padding, padEnd: padding };
  const none = kernelSize.map(() => 0);
  if (padding === "valid") return { ...window, padBegin: none, padEnd: none };
  if (stride.some((step) => step !== 1)) {
    const advice = "a stride above 1 changes the size, so write the padding as a number";
    reportLayer(layer, "invalid-option", `has padding: "same" and stride ${stride.join("×")}; ${advice}.`, ["padding"]);
  }
  const total = kernelSize.map((size, axis) => (dilation[axis] ?? 1) * (size - 1));
  const padBegin = total.map((zeros) => Math.floor(zeros / 2));
  return { ...window, padBegin, padEnd: total.map((zeros, axis) => zeros - (padBegin[axis] ?? 0)) };
}

/** The bias behind its quantiser; `undefined` without one. */
export function macBias(
  layer: LayerDraft,
  options: { readonly bias: boolean; readonly biasQuant: Quantizer | undefined },
  outFeatures: number,
  context: Parameters<typeof quantizedBias>[3],
): Value | undefined {
  if (options.bias) return quantizedBias(layer, addParameter(layer, "bias", [outFeatures]), options.biasQuant, context);
  if (options.biasQuant) {
    reportLayer(layer, "option-without-effect", "has a biasQuant but bias: false; leave one of them out.", [
      "biasQuant",
    ]);
  }
  return undefined;
}

/** Reports features that the user stated and the input does not have. */
export function checkFeatures(layer: LayerDraft, option: string, stated: number | undefined, found = 1): void {
  if (stated === undefined || stated === found) return;
  const shape = firstInput(layer).shape.join("×");
  const message = `is told ${option} ${stated}, but its input ${shape} has ${found}; leave ${option} out (it is inferred), or change what is before.`;
  reportLayer(layer, "channel-mismatch", message, [option]);
}

/** `groups` when it divides both numbers of channels, else its greatest divisor that does. */
export function dividingGroups(layer: LayerDraft, groups: number, inChannels: number, outChannels: number): number {
  if (inChannels % groups === 0 && outChannels % groups === 0) return groups;
  const common = greatestCommonDivisor(greatestCommonDivisor(inChannels, outChannels), groups);
  const message = `cannot divide ${inChannels} input and ${outChannels} output channels into ${groups} groups; choose groups that divides both (${common} is used instead).`;
  reportLayer(layer, "group-divisibility", message, ["groups"]);
  return common;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
