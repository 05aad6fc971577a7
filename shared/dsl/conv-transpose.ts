/** Transposed convolutions: `quantConvTranspose1d`, `quantConvTranspose2d`. Sizes follow PyTorch's ConvTranspose. */
import { elementCount } from "../graph/graph.js";
import { dividingGroups, kernelFields, macBias, type MacOptions } from "./mac.js";
import type { PerAxis2d } from "./window.js";
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
import { optional, perDimension, readOptions, type FieldsOf } from "./options.js";
import { inputQuantPlace, outputQuantPlace, quantized } from "./quantizer-nodes.js";
import { enter, type Site } from "./session.js";
import type { Tensor } from "./tensor.js";

interface ConvTransposeOptions<Size> extends MacOptions {
  /** Channels of the output. The input's are inferred. */
  outChannels: number;
  /** Positions of the kernel. */
  kernelSize: Size;
  /** Positions between two inputs in the output. Default 1. */
  stride?: Size;
  /** Positions cut off on both sides of the output. Default 0. */
  padding?: Size;
  /** Positions added at the end of the output; less than stride or dilation. Default 0. */
  outputPadding?: Size;
  /** Distance between two taps of the kernel. Default 1. */
  dilation?: Size;
  /** Groups of channels that are convolved apart; must divide input and output channels. Default 1. */
  groups?: number;
  /** Channels that the input is expected to have; reported when it has others. Default: not checked. */
  inChannels?: number;
}

/** Options of `quantConvTranspose1d`. */
export type QuantConvTranspose1dOptions = ConvTransposeOptions<number>;

/** Options of `quantConvTranspose2d`. */
export type QuantConvTranspose2dOptions = ConvTransposeOptions<PerAxis2d>;

/**
 * 1-D transposed convolution, PyTorch's `ConvTranspose1d` with Brevitas's quantisers.
 *
 * Input (N, C, L), weight (C, outChannels / groups, kernelSize), output (N, outChannels, L') with
 * `L' = (L - 1) * stride - 2 * padding + dilation * (kernelSize - 1) + outputPadding + 1`.
 * The cost tools cannot price it: it is listed as unsupported.
 */
export function quantConvTranspose1d(x: Tensor, options: QuantConvTranspose1dOptions): Tensor {
  return convTranspose(enter("quantConvTranspose1d"), 1, x, options);
}

/** 2-D transposed convolution: input (N, C, H, W), each size as in `quantConvTranspose1d`. */
export function quantConvTranspose2d(x: Tensor, options: QuantConvTranspose2dOptions): Tensor {
  return convTranspose(enter("quantConvTranspose2d"), 2, x, options);
}

function convTransposeFields(dimensions: number) {
  const zeros = perDimension(dimensions, 0, 0);
  const padding = optional(zeros, zeros.guess);
  return { ...kernelFields(dimensions), padding, outputPadding: padding } satisfies FieldsOf<
    ConvTransposeOptions<unknown>
  >;
}

const fieldsByDimensions = { 1: convTransposeFields(1), 2: convTransposeFields(2) };

function convTranspose(site: Site, dimensions: 1 | 2, x: unknown, raw: unknown): Tensor {
  const options = readOptions(site, raw, fieldsByDimensions[dimensions]);
  const layer = beginLayer({ site, base: "conv_transpose", name: options.name, inputs: [x] });
  const input = quantized(layer, spatialInput(layer, dimensions), options.inputQuant, inputQuantPlace);
  const inChannels = input.shape[1] ?? 1;
  checkFeatures(layer, "inChannels", options.inChannels, inChannels);
  const groups = dividingGroups(layer, options.groups, inChannels, options.outChannels);
  const { kernelSize, stride, dilation } = options;
  const outputPadding = smallerThanStep(layer, options);
  const padding = fittingPadding(layer, input.shape.slice(2), { ...options, outputPadding });
  const weightShape = [inChannels, options.outChannels / groups, ...kernelSize];
  const weight = quantized(layer, addParameter(layer, "weight", weightShape), options.weightQuant, {
    role: "weightQuant",
    option: "weightQuant",
    channelAxis: 1,
  });
  // Each output sums at most the input channels of its group times the kernel's positions.
  const inFeatures = (inChannels / groups) * elementCount(kernelSize);
  const bias = macBias(layer, options, options.outChannels, { input, weight, inFeatures });
  const output = addLayerNode(layer, {
    opType: "ConvTranspose",
    role: "mac",
    inputs: [input, weight, ...(bias ? [bias] : [])],
    attributes: {
      dilations: dilation,
      group: groups,
      kernel_shape: kernelSize,
      output_padding: outputPadding,
      pads: [...padding, ...padding],
      strides: stride,
    },
  });
  return endLayer(layer, quantized(layer, output, options.outputQuant, outputQuantPlace), options);
}

interface Sizes {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
}

/** PyTorch refuses an output padding that is not smaller than stride or dilation. */
function smallerThanStep(layer: LayerDraft, { outputPadding, stride, dilation }: Sizes): readonly number[] {
  const most = stride.map((step, axis) => Math.max(step, dilation[axis] ?? 1) - 1);
  if (outputPadding.every((positions, axis) => positions <= (most[axis] ?? 0))) return outputPadding;
  const limit = `less than its stride or dilation (at most ${most.join("×")})`;
  reportLayer(layer, "invalid-option", `expects outputPadding to be ${limit}, but found ${outputPadding.join("×")}.`, [
    "outputPadding",
  ]);
  return outputPadding.map((positions, axis) => Math.min(positions, most[axis] ?? 0));
}

/** The padding, made smaller where it would cut off all of the output. */
function fittingPadding(layer: LayerDraft, spatial: readonly number[], sizes: Sizes): readonly number[] {
  const { kernelSize, stride, dilation, padding, outputPadding } = sizes;
  const full = spatial.map(
    (size, axis) =>
      (size - 1) * (stride[axis] ?? 1) +
      (dilation[axis] ?? 1) * ((kernelSize[axis] ?? 1) - 1) +
      (outputPadding[axis] ?? 0) +
      1,
  );
  const fitting = padding.map((positions, axis) => Math.min(positions, Math.floor(((full[axis] ?? 1) - 1) / 2)));
  if (fitting.some((positions, axis) => positions !== padding[axis])) {
    const message = `cuts ${padding.join("×")} positions off both sides of its output, which has only ${full.join("×")}; use less padding.`;
    reportLayer(layer, "shape-mismatch", message, ["padding"]);
  }
  return fitting;
}
