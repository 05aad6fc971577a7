/** Convolutions: `quantConv1d`, `quantConv2d`. Sizes follow PyTorch's Conv1d and Conv2d. */
import { elementCount } from "../graph/graph.js";
import {
  addLayerNode,
  addParameter,
  beginLayer,
  checkFeatures,
  endLayer,
  reportLayer,
  spatialInput,
  type LayerDraft,
} from "./layer.js";
import { dividingGroups, kernelFields, macBias, type MacOptions } from "./mac.js";
import { oneOf, optional, perDimension, readOptions, type Field, type FieldsOf } from "./options.js";
import { inputQuantPlace, outputQuantPlace, quantized } from "./quantizer-nodes.js";
import { enter, type Site } from "./session.js";
import type { Tensor } from "./tensor.js";
import { fittingWindow, type PerAxis2d, type Window } from "./window.js";

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
  /** What is added on both sides. Default `"zeros"`, the only one, as in Brevitas. */
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
  if (padding !== "same" && padding !== "valid") {
    return { kernelSize, stride, dilation, padBegin: padding, padEnd: padding };
  }
  const none = kernelSize.map(() => 0);
  if (padding === "valid") return { kernelSize, stride, dilation, padBegin: none, padEnd: none };
  if (stride.some((step) => step !== 1)) {
    const advice = "a stride above 1 changes the size, so write the padding as a number";
    reportLayer(layer, "invalid-option", `has padding: "same" and stride ${stride.join("×")}; ${advice}.`, ["padding"]);
  }
  const total = kernelSize.map((size, axis) => (dilation[axis] ?? 1) * (size - 1));
  const padBegin = total.map((zeros) => Math.floor(zeros / 2));
  const padEnd = total.map((zeros, axis) => zeros - (padBegin[axis] ?? 0));
  return { kernelSize, stride, dilation, padBegin, padEnd };
}
