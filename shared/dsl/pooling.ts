/** Pools: maximum, average with a quantiser, and both over all positions. */
import { bitWidth, isIntegerLike } from "../graph/datatype.js";
import { qonnxDomain } from "../graph/domains.js";
import { elementCount, type AttributeValue } from "../graph/graph.js";
import { dataTypeOf, sharedScalar, type Value } from "./builder.js";
import type { PerAxis2d } from "./window.js";
import {
  addFloats,
  addParameter,
  addLayerNode,
  beginLayer,
  endLayer,
  firstInput,
  nameField,
  reportLayer,
  reshapedTo,
} from "./layer.js";
import { spatialInput, type LayerDraft, type LayerOptions } from "./layer.js";
import { flag, optional, perDimension, readOptions, type FieldsOf } from "./options.js";
import { actQuantPlace, quantized, quantizerField } from "./quantizer-nodes.js";
import type { Quantizer } from "./quantizers.js";
import { enter, type Site } from "./session.js";
import type { Tensor } from "./tensor.js";
import { fittingWindow, type Window } from "./window.js";

interface PoolOptions<Size> extends LayerOptions {
  /** Positions of the window. `x.length` pools over all positions. */
  kernelSize: Size;
  /** Step between two windows. Default: `kernelSize`, windows do not overlap. */
  stride?: Size;
  /** Positions added on both sides, at most half the window. They never win a maximum. Default 0. */
  padding?: Size;
  /** Keep a last window that reaches beyond the end. Default false. */
  ceilMode?: boolean;
}

interface MaxPoolOptions<Size> extends PoolOptions<Size> {
  /** Distance between two positions of the window. Default 1. */
  dilation?: Size;
}

/** Options of `maxPool1d`. */
export type MaxPool1dOptions = MaxPoolOptions<number>;

/** Options of `maxPool2d`. */
export type MaxPool2dOptions = MaxPoolOptions<PerAxis2d>;

interface QuantAvgPoolOptions<Size> extends PoolOptions<Size> {
  /** Count added zeros in the mean. Default true (PyTorch's). */
  countIncludePad?: boolean;
  /** A quantiser for the mean: `AveragePool` and `Quant`. Default: none, the mean is float. */
  actQuant?: Quantizer;
  /**
   * Cut the sum's low bits instead, as Brevitas's `TruncAvgPool`: `AveragePool`, times the window's size, and `Trunc`
   * to this quantiser's bits. Of the input's bits b the sum has `ceil(log2((2^b - 1) * window + 1))`. Default: none.
   */
  truncQuant?: Quantizer;
}

/** Options of `quantAvgPool1d`. */
export type QuantAvgPool1dOptions = QuantAvgPoolOptions<number>;

/** Options of `quantAvgPool2d`. */
export type QuantAvgPool2dOptions = QuantAvgPoolOptions<PerAxis2d>;

/** Options of `globalAvgPool`. */
export interface GlobalAvgPoolOptions extends LayerOptions {
  /** A quantiser for the mean. Default: none, the mean is float. */
  actQuant?: Quantizer;
}

/**
 * Maximum over windows, PyTorch's `MaxPool1d`. Input (N, C, L), output (N, C, L') with
 * `L' = floor((L + 2 * padding - dilation * (kernelSize - 1) - 1) / stride) + 1`. Keeps the data type; costs nothing.
 */
export function maxPool1d(x: Tensor, options: MaxPool1dOptions): Tensor {
  return maxPool(enter("maxPool1d"), 1, x, options);
}

/** Maximum over windows, PyTorch's `MaxPool2d`. Input (N, C, H, W), sizes as in `maxPool1d`. Keeps the data type; costs nothing. */
export function maxPool2d(x: Tensor, options: MaxPool2dOptions): Tensor {
  return maxPool(enter("maxPool2d"), 2, x, options);
}

/**
 * Mean over windows with a quantiser, Brevitas's `QuantAvgPool`. Input (N, C, L), output (N, C, L') as in `maxPool1d`.
 * A mean is FLOAT32 to the cost tools, so give a quantiser unless nothing multiplies it. Costs nothing itself.
 */
export function quantAvgPool1d(x: Tensor, options: QuantAvgPool1dOptions): Tensor {
  return avgPool(enter("quantAvgPool1d"), 1, x, options);
}

/** Mean over windows with a quantiser. Input (N, C, H, W); see `quantAvgPool1d`. */
export function quantAvgPool2d(x: Tensor, options: QuantAvgPool2dOptions): Tensor {
  return avgPool(enter("quantAvgPool2d"), 2, x, options);
}

/**
 * Maximum over all positions: (N, C, L) to (N, C, 1), (N, C, H, W) to (N, C, 1, 1). Written as a `MaxPool` with a
 * fixed kernel, because finn-base does not know `GlobalMaxPool`. Keeps the data type; costs nothing.
 */
export function globalMaxPool(x: Tensor, options?: LayerOptions): Tensor {
  const site = enter("globalMaxPool");
  const given = readOptions(site, options, { name: nameField } satisfies FieldsOf<LayerOptions>);
  const layer = beginLayer({ site, base: "pool", name: given.name, inputs: [x] });
  const input = featureMap(layer);
  const output = addLayerNode(layer, { opType: "MaxPool", inputs: [input], attributes: wholeWindow(input) });
  return endLayer(layer, output, given);
}

/** Mean over all positions; shapes as `globalMaxPool`. Written as an `AveragePool` with a fixed kernel. Costs nothing itself. */
export function globalAvgPool(x: Tensor, options?: GlobalAvgPoolOptions): Tensor {
  const site = enter("globalAvgPool");
  const given = readOptions(site, options, {
    name: nameField,
    actQuant: quantizerField,
  } satisfies FieldsOf<GlobalAvgPoolOptions>);
  const layer = beginLayer({ site, base: "pool", name: given.name, inputs: [x] });
  const input = featureMap(layer);
  const mean = addLayerNode(layer, { opType: "AveragePool", inputs: [input], attributes: wholeWindow(input) });
  return endLayer(layer, quantized(layer, mean, given.actQuant, actQuantPlace), given);
}

function poolFields(dimensions: number) {
  const ones = perDimension(dimensions, 1, 1);
  const zeros = perDimension(dimensions, 0, 0);
  return {
    name: nameField,
    kernelSize: ones,
    stride: optional(ones, undefined),
    padding: optional(zeros, zeros.guess),
    ceilMode: flag(false),
  } satisfies FieldsOf<PoolOptions<unknown>>;
}

function maxPoolFields(dimensions: number) {
  const ones = perDimension(dimensions, 1, 1);
  return { ...poolFields(dimensions), dilation: optional(ones, ones.guess) } satisfies FieldsOf<
    MaxPoolOptions<unknown>
  >;
}

function avgPoolFields(dimensions: number) {
  return {
    ...poolFields(dimensions),
    countIncludePad: flag(true),
    actQuant: quantizerField,
    truncQuant: quantizerField,
  } satisfies FieldsOf<QuantAvgPoolOptions<unknown>>;
}

const maxPoolFieldsByDimensions = { 1: maxPoolFields(1), 2: maxPoolFields(2) };
const avgPoolFieldsByDimensions = { 1: avgPoolFields(1), 2: avgPoolFields(2) };

function maxPool(site: Site, dimensions: 1 | 2, x: unknown, raw: unknown): Tensor {
  const given = readOptions(site, raw, maxPoolFieldsByDimensions[dimensions]);
  const options = { ...given, stride: given.stride ?? given.kernelSize };
  const layer = beginLayer({ site, base: "pool", name: given.name, inputs: [x] });
  const input = spatialInput(layer, dimensions);
  const window = poolWindow(layer, input, options);
  const output = addLayerNode(layer, {
    opType: "MaxPool",
    inputs: [input],
    attributes: {
      ...windowAttributes(window, given.ceilMode),
      ...(window.dilation.some((step) => step !== 1) && { dilations: window.dilation }),
    },
  });
  return endLayer(layer, output, options);
}

function avgPool(site: Site, dimensions: 1 | 2, x: unknown, raw: unknown): Tensor {
  const given = readOptions(site, raw, avgPoolFieldsByDimensions[dimensions]);
  const { kernelSize, countIncludePad, actQuant, truncQuant } = given;
  const options = { ...given, stride: given.stride ?? kernelSize };
  const layer = beginLayer({ site, base: "pool", name: given.name, inputs: [x] });
  const input = spatialInput(layer, dimensions);
  const window = poolWindow(layer, input, { ...options, dilation: kernelSize.map(() => 1) });
  const attributes = { ...windowAttributes(window, given.ceilMode), count_include_pad: Number(countIncludePad) };
  const mean = addLayerNode(layer, { opType: "AveragePool", inputs: [input], attributes });
  if (actQuant && truncQuant) {
    reportLayer(
      layer,
      "option-without-effect",
      "has an actQuant and a truncQuant; leave one of them out (truncQuant is ignored).",
      ["truncQuant"],
    );
  }
  const output =
    truncQuant && !actQuant
      ? truncated(layer, { input, mean, positions: elementCount(window.kernelSize), bits: truncQuant.bits })
      : quantized(layer, mean, actQuant, actQuantPlace);
  return endLayer(layer, output, options);
}

type PoolWindow = Pick<Window, "kernelSize" | "stride" | "dilation"> & { readonly padding: readonly number[] };

function poolWindow(layer: LayerDraft, input: Value, { kernelSize, stride, dilation, padding }: PoolWindow): Window {
  const allowed = padding.map((positions, axis) => Math.min(positions, Math.floor((kernelSize[axis] ?? 1) / 2)));
  if (allowed.some((positions, axis) => positions !== padding[axis])) {
    const most = `at most half its window, ${allowed.join("×")}`;
    reportLayer(layer, "invalid-option", `expects padding to be ${most}, but found ${padding.join("×")}.`, ["padding"]);
  }
  return fittingWindow(layer, input.shape.slice(2), {
    kernelSize,
    stride,
    dilation,
    padBegin: allowed,
    padEnd: allowed,
  });
}

function windowAttributes(window: Window, ceilMode: boolean): Readonly<Record<string, AttributeValue>> {
  return {
    kernel_shape: window.kernelSize,
    pads: [...window.padBegin, ...window.padEnd],
    strides: window.stride,
    ...(ceilMode && { ceil_mode: 1 }),
  };
}

/** The input as a feature map of any number of spatial dimensions. */
function featureMap(layer: LayerDraft): Value {
  const input = firstInput(layer);
  return input.shape.length >= 3 ? input : reshapedTo(layer, input, 3, "an input of shape (N, C, L) or (N, C, H, W)");
}

function wholeWindow(input: Value): Readonly<Record<string, AttributeValue>> {
  const positions = input.shape.slice(2);
  return {
    kernel_shape: positions,
    pads: [...positions, ...positions].map(() => 0),
    strides: positions.map(() => 1),
  };
}

interface Truncation {
  readonly input: Value;
  readonly mean: Value;
  /** Values in one mean. */
  readonly positions: number;
  readonly bits: number;
}

/**
 * The pattern that FINN recognises: the mean times the window's size is the exact sum, and `Trunc` keeps its high bits.
 * Sources: qonnx `custom_op/general/trunc.py` (inputs x, scale, zero point, input bits, output bits), Brevitas
 * `max_acc_bit_width_avg_pool2d`.
 */
function truncated(layer: LayerDraft, { input, mean, positions, bits }: Truncation): Value {
  const { draft } = layer;
  const inputType = dataTypeOf(draft, input.name);
  const inputBits = isIntegerLike(inputType) ? bitWidth(inputType) : 32;
  const sumBits = Math.ceil(Math.log2((2 ** inputBits - 1) * positions + 1));
  const sum = addLayerNode(layer, {
    opType: "Mul",
    suffix: "sum",
    inputs: [mean, addFloats(layer, "positions", [], [positions])],
  });
  // The sum's scale is its summands': that of the quantiser that made them.
  const scale = draft.scales.get(input.name) ?? addParameter(layer, "trunc_quant.scale", []);
  const [from, to] = [Math.max(sumBits, bits), bits];
  const scalars = [
    sharedScalar(draft, "zero_point", 0),
    sharedScalar(draft, `bit_width.${from}`, from),
    sharedScalar(draft, `bit_width.${to}`, to),
  ];
  return addLayerNode(layer, {
    opType: "Trunc",
    domain: qonnxDomain,
    suffix: "trunc_quant",
    role: "actQuant",
    inputs: [sum, scale, ...scalars],
    attributes: { rounding_mode: "FLOOR" },
  });
}
