/** Activations, each with an optional quantiser for its output; without one it is the float function. */
import type { AttributeValue } from "../graph/graph.js";
import { addLayerNode, beginLayer, endLayer, firstInput, nameField, reportLayer, type LayerOptions } from "./layer.js";
import { finite, optional, readOptions, type FieldsOf } from "./options.js";
import { actQuantPlace, quantized, quantizerField } from "./quantizer-nodes.js";
import type { Quantizer } from "./quantizers.js";
import { enter, type Site } from "./session.js";
import type { Tensor } from "./tensor.js";

/** Options of activations with a quantiser. */
export interface QuantActivationOptions extends LayerOptions {
  /** The output's quantiser, such as `uint(6)`. Default: none, the output is float. */
  actQuant?: Quantizer;
}

/** Options of `quantHardTanh`. */
export interface QuantHardTanhOptions extends QuantActivationOptions {
  /** Lower limit. Default -1. */
  minVal?: number;
  /** Upper limit. Default 1. */
  maxVal?: number;
}

/** Options of `elu`. */
export interface EluOptions extends LayerOptions {
  /** Value that large negative inputs approach, negated. Default 1. */
  alpha?: number;
}

const floatFields = { name: nameField } satisfies FieldsOf<LayerOptions>;
const actFields = { ...floatFields, actQuant: quantizerField } satisfies FieldsOf<QuantActivationOptions>;
const hardTanhFields = {
  ...actFields,
  minVal: optional(finite("a finite number", -1), -1),
  maxVal: optional(finite("a finite number", 1), 1),
} satisfies FieldsOf<QuantHardTanhOptions>;
const eluFields = { ...floatFields, alpha: optional(finite("a finite number", 1), 1) } satisfies FieldsOf<EluOptions>;

/**
 * ReLU and an (unsigned) quantiser: Brevitas's `QuantReLU`. Any shape, which is kept.
 *
 * With `actQuant: uint(b)` the output has the levels 0 .. 2^b - 1 times a learned scale, whose first threshold is the
 * 99.999th percentile of the first 30 training batches. No MACs; the next layer's input bits are b.
 */
export function quantReLU(x: Tensor, options?: QuantActivationOptions): Tensor {
  return activation(enter("quantReLU"), x, options, { base: "relu", opType: "Relu" });
}

/** Sigmoid and a quantiser: Brevitas's `QuantSigmoid`. Any shape, which is kept; outputs in 0..1, so `uint(b)` fits. */
export function quantSigmoid(x: Tensor, options?: QuantActivationOptions): Tensor {
  return activation(enter("quantSigmoid"), x, options, { base: "sigmoid", opType: "Sigmoid" });
}

/** Hyperbolic tangent and a quantiser: Brevitas's `QuantTanh`. Any shape, which is kept; outputs in -1..1, so `int(b)` fits. */
export function quantTanh(x: Tensor, options?: QuantActivationOptions): Tensor {
  return activation(enter("quantTanh"), x, options, { base: "tanh", opType: "Tanh" });
}

/**
 * A quantiser alone: Brevitas's `QuantIdentity`. Any shape, which is kept.
 * To requantise a residual sum, or to quantise the model's input. Signed (`int`) unless nothing is negative.
 */
export function quantIdentity(x: Tensor, options?: QuantActivationOptions): Tensor {
  const site = enter("quantIdentity");
  const given = readOptions(site, options, actFields);
  const layer = beginLayer({ site, base: "identity", name: given.name, inputs: [x] });
  const input = firstInput(layer);
  const output = given.actQuant
    ? quantized(layer, input, given.actQuant, actQuantPlace)
    : addLayerNode(layer, { opType: "Identity", inputs: [input] });
  return endLayer(layer, output, given);
}

/**
 * Clamps to `minVal` .. `maxVal`; with a quantiser, Brevitas's `QuantHardTanh`: the clamp is the quantiser's range.
 * Any shape, which is kept.
 *
 * The quantiser's scale is learned from the first step and starts at `max(|minVal|, |maxVal|) / 2^(bits-1)`; with
 * `scaling: "const"` it stays there. The range is symmetric with zero point 0: with -2 and 3, -2 is no clip point.
 */
export function quantHardTanh(x: Tensor, options?: QuantHardTanhOptions): Tensor {
  const site = enter("quantHardTanh");
  const given = readOptions(site, options, hardTanhFields);
  const layer = beginLayer({ site, base: "hardtanh", name: given.name, inputs: [x] });
  const { minVal, maxVal } = given;
  if (minVal >= maxVal) {
    reportLayer(layer, "invalid-option", `has minVal ${minVal}, which is not below maxVal ${maxVal}; lower it.`, [
      "minVal",
    ]);
  }
  const input = firstInput(layer);
  const threshold = Math.max(Math.abs(minVal), Math.abs(maxVal));
  const output = given.actQuant
    ? quantized(layer, input, given.actQuant, { ...actQuantPlace, ...(threshold > 0 && { threshold }) })
    : addLayerNode(layer, { opType: "Clip", inputs: [input], attributes: { min: minVal, max: maxVal } });
  return endLayer(layer, output, given);
}

/** ReLU in float: `max(x, 0)`. Any shape, which is kept. `quantReLU` also quantises. */
export function relu(x: Tensor, options?: LayerOptions): Tensor {
  return floatActivation(enter("relu"), x, options, { base: "relu", opType: "Relu" });
}

/** Sigmoid in float: `1 / (1 + exp(-x))`. Any shape, which is kept. `quantSigmoid` also quantises. */
export function sigmoid(x: Tensor, options?: LayerOptions): Tensor {
  return floatActivation(enter("sigmoid"), x, options, { base: "sigmoid", opType: "Sigmoid" });
}

/** SELU in float, with ONNX's and PyTorch's constants. Any shape, which is kept. */
export function selu(x: Tensor, options?: LayerOptions): Tensor {
  return floatActivation(enter("selu"), x, options, { base: "selu", opType: "Selu" });
}

/** ELU in float: `x` above 0, `alpha * (exp(x) - 1)` below. Any shape, which is kept. */
export function elu(x: Tensor, options?: EluOptions): Tensor {
  const site = enter("elu");
  const given = readOptions(site, options, eluFields);
  return operator(site, x, given, { base: "elu", opType: "Elu", attributes: { alpha: given.alpha } });
}

interface Operator {
  readonly base: string;
  readonly opType: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

type GivenOptions = Readonly<Record<string, unknown>> & {
  readonly name: string | undefined;
  readonly actQuant?: Quantizer | undefined;
};

function activation(site: Site, x: unknown, options: unknown, node: Operator): Tensor {
  return operator(site, x, readOptions(site, options, actFields), node);
}

function floatActivation(site: Site, x: unknown, options: unknown, node: Operator): Tensor {
  return operator(site, x, readOptions(site, options, floatFields), node);
}

function operator(site: Site, x: unknown, given: GivenOptions, { base, opType, attributes = {} }: Operator): Tensor {
  const layer = beginLayer({ site, base, name: given.name, inputs: [x] });
  const output = addLayerNode(layer, { opType, inputs: [firstInput(layer)], attributes });
  return endLayer(layer, quantized(layer, output, given.actQuant, actQuantPlace), given);
}
