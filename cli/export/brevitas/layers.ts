/** Each layer of the DSL as a module of PyTorch or Brevitas 0.6 and what `forward` does with it. */
import { numberAttribute, numbersAttribute } from "../../../shared/graph/attributes.js";
import { mainNode, constantInput, quantizerOf, type LayerContext } from "./layer-context.js";
import { macLayer } from "./mac-layers.js";
import { refuse } from "./problems.js";
import { call, literal, perDimension, verbatim, type PythonValue } from "./python.js";
import { actThreshold, normState, type StateSource } from "./state.js";

/** A module of the network. */
export interface ModuleDraft {
  /** Beneath the layer's own attribute; empty for the layer itself. */
  readonly below: readonly string[];
  /** The call that makes it. */
  readonly construct: string;
  readonly state: readonly StateSource[];
}

export interface LayerDraft {
  readonly modules: readonly ModuleDraft[];
  /** The layer's result. `self` is the layer's attribute, `args` its inputs. */
  readonly expression: (self: string, args: readonly string[]) => string;
  /** Its inputs have to be `QuantTensor`s. */
  readonly readsQuantTensor?: boolean;
  /** It makes a `QuantTensor` of one that it reads. */
  readonly keepsQuantTensor?: boolean;
}

/** Writes a layer. Throws `NotExpressible` with the reason. */
export function convertLayer(context: LayerContext): LayerDraft {
  const write = Object.hasOwn(writers, context.layer.kind) ? writers[context.layer.kind] : undefined;
  return write
    ? write(context)
    : refuse(context.layer.name, `is a ${context.layer.kind}, which Brevitas has not; build it from other layers.`);
}

type Write = (context: LayerContext) => LayerDraft;

const writers: Readonly<Record<string, Write>> = {
  quantConv1d: macLayer,
  quantConv2d: macLayer,
  quantConvTranspose1d: macLayer,
  quantConvTranspose2d: macLayer,
  quantLinear: macLayer,
  batchNorm1d: batchNorm,
  batchNorm2d: batchNorm,
  dropout,
  quantReLU: activation("qnn.QuantReLU", "nn.ReLU"),
  quantSigmoid: activation("qnn.QuantSigmoid", "nn.Sigmoid"),
  quantTanh: activation("qnn.QuantTanh", "nn.Tanh"),
  quantIdentity: activation("qnn.QuantIdentity", "nn.Identity"),
  quantHardTanh: activation("qnn.QuantHardTanh", "nn.Hardtanh"),
  relu: plainModule("nn.ReLU"),
  sigmoid: plainModule("nn.Sigmoid"),
  selu: plainModule("nn.SELU"),
  elu: plainModule("nn.ELU", ({ layer }) => [Number(layer.options.alpha)]),
  maxPool1d: maxPool,
  maxPool2d: maxPool,
  globalMaxPool: maxPool,
  quantAvgPool1d: avgPool,
  quantAvgPool2d: avgPool,
  globalAvgPool: avgPool,
  flatten,
  reshape: ({ outputShape, inputShapes: [input = []] }) =>
    shapeOnly((x) => call(`${x}.reshape`, keptBatch(outputShape, input))),
  transpose: ({ layer }) => shapeOnly((x) => call(`${x}.permute`, layer.options.dims as readonly number[])),
  concat: (context) =>
    functional((args) => `torch.cat([${args.join(", ")}], ${numberAttribute(mainNode(context), "axis", 1)})`),
  pad,
  upsample,
  add: (context) => elementwise(context, "+"),
  mul: (context) => elementwise(context, "*"),
};

function functional(expression: (args: readonly string[]) => string): LayerDraft {
  return { modules: [], expression: (_, args) => expression(args) };
}

function shapeOnly(expression: (x: string) => string): LayerDraft {
  return functional(([x = ""]) => expression(x));
}

function oneModule(construct: string, state: readonly StateSource[] = []): LayerDraft {
  return { modules: [{ below: [], construct, state }], expression: (self, args) => `${self}(${args.join(", ")})` };
}

function plainModule(name: string, positional: (context: LayerContext) => readonly PythonValue[] = () => []): Write {
  return (context) => oneModule(call(name, positional(context)));
}

/** True, or nothing: Brevitas's default is a plain tensor. */
function returning(isQuantTensor: boolean): Readonly<Record<string, PythonValue>> {
  return isQuantTensor ? { return_quant_tensor: true } : {};
}

function activation(quantized: string, plain: string): Write {
  return (context) => {
    const quantizer = quantizerOf(context, "actQuant");
    const { minVal, maxVal } = context.layer.options;
    if (!quantizer)
      return oneModule(plain === "nn.Hardtanh" ? call(plain, [Number(minVal), Number(maxVal)]) : call(plain, []));
    const keywords = { act_quant: verbatim(quantizer.name), ...returning(context.quantTensor) };
    return oneModule(call(quantized, [], keywords), actThreshold(quantizer.spec, ["act_quant"]));
  };
}

function batchNorm({ layer, inputShapes: [input = []] }: LayerContext): LayerDraft {
  const { eps, momentum } = layer.options;
  const keywords = {
    ...(eps !== 1e-5 && { eps: Number(eps) }),
    ...(momentum !== 0.1 && { momentum: Number(momentum) }),
  };
  const name = layer.kind === "batchNorm2d" ? "nn.BatchNorm2d" : "nn.BatchNorm1d";
  return oneModule(call(name, [input[1] ?? 1], keywords), normState(layer.name));
}

function dropout({ layer, quantTensor }: LayerContext): LayerDraft {
  const name = quantTensor ? "qnn.QuantDropout" : "nn.Dropout";
  return { ...oneModule(call(name, [Number(layer.options.p)], returning(quantTensor))), keepsQuantTensor: true };
}

/** The window of a pool's node, each per dimension. */
function windowOf(context: LayerContext) {
  const node = mainNode(context);
  const kernel = numbersAttribute(node, "kernel_shape") ?? [];
  const pads = numbersAttribute(node, "pads") ?? [];
  return {
    dimensions: kernel.length,
    kernel: perDimension(kernel),
    stride: perDimension(numbersAttribute(node, "strides") ?? kernel),
    padding: perDimension(pads.slice(0, kernel.length)),
    dilation: perDimension(numbersAttribute(node, "dilations") ?? kernel.map(() => 1)),
    ceilMode: numberAttribute(node, "ceil_mode", 0) !== 0,
    countIncludePad: numberAttribute(node, "count_include_pad", 1) !== 0,
  };
}

/** Keywords that differ from PyTorch's defaults. */
function windowKeywords({ stride, padding, ceilMode }: ReturnType<typeof windowOf>) {
  return {
    stride,
    ...(literal(padding) !== "0" && { padding }),
    ...(ceilMode && { ceil_mode: true }),
  };
}

function maxPool(context: LayerContext): LayerDraft {
  const window = windowOf(context);
  const { dimensions, kernel, dilation } = window;
  const { quantTensor, layer } = context;
  if (quantTensor && dimensions > 2)
    refuse(
      layer.name,
      "is a pool over three dimensions behind a quantiser that a bias needs; give the layer with the bias an inputQuant.",
    );
  const name = quantTensor ? `qnn.QuantMaxPool${dimensions}d` : `nn.MaxPool${dimensions}d`;
  const keywords = {
    ...windowKeywords(window),
    ...(literal(dilation) !== "1" && { dilation }),
    ...returning(quantTensor),
  };
  return { ...oneModule(call(name, [kernel], keywords)), keepsQuantTensor: true };
}

function avgPool(context: LayerContext): LayerDraft {
  const { layer } = context;
  if (layer.options.truncQuant !== undefined && layer.options.actQuant === undefined)
    refuse(layer.name, "has a truncQuant, which Brevitas has for few windows only; use actQuant.");
  const window = windowOf(context);
  const function_ = `F.avg_pool${window.dimensions}d`;
  const keywords = { ...windowKeywords(window), ...(!window.countIncludePad && { count_include_pad: false }) };
  return withQuantizer(context, "actQuant", ([x = ""]) => call(function_, [verbatim(x), window.kernel], keywords));
}

/** A function of PyTorch whose result is quantised by a module with the layer's name. */
function withQuantizer(
  context: LayerContext,
  role: "actQuant" | "outputQuant",
  expression: (args: readonly string[]) => string,
  below: readonly string[] = [],
): LayerDraft {
  const quantizer = quantizerOf(context, role);
  if (!quantizer) return functional(expression);
  const attribute = below.map((part) => `.${part}`).join("");
  return {
    modules: [{ below, ...identity(quantizer, context.quantTensor) }],
    expression: (self, args) => `${self}${attribute}(${expression(args)})`,
  };
}

function identity({ name, spec }: { name: string; spec: Parameters<typeof actThreshold>[0] }, quantTensor: boolean) {
  const keywords = { act_quant: verbatim(name), ...returning(quantTensor) };
  return { construct: call("qnn.QuantIdentity", [], keywords), state: actThreshold(spec, ["act_quant"]) };
}

/** Sum or product. `inputQuant` is one quantiser for both operands. */
function elementwise(context: LayerContext, sign: "+" | "*"): LayerDraft {
  const input = quantizerOf(context, "inputQuant");
  const isBoth = input !== undefined && quantizerOf(context, "outputQuant") !== undefined;
  const result = withQuantizer(
    context,
    "outputQuant",
    ([a, b]) => `${a ?? ""} ${sign} ${b ?? ""}`,
    isBoth ? ["output_quant"] : [],
  );
  if (!input) return result;
  const below = isBoth ? ["input_quant"] : [];
  const attribute = isBoth ? ".input_quant" : "";
  return {
    modules: [{ below, ...identity(input, !isBoth && context.quantTensor) }, ...result.modules],
    expression: (self, args) =>
      result.expression(
        self,
        args.map((arg) => `${self}${attribute}(${arg})`),
      ),
  };
}

function flatten({ layer }: LayerContext): LayerDraft {
  const { startDim, endDim } = layer.options;
  const positional = [Number(startDim), ...(endDim === -1 ? [] : [Number(endDim)])];
  return { ...shapeOnly((x) => call(`${x}.flatten`, positional)), keepsQuantTensor: true };
}

/** A reshape that leaves the batch alone takes any batch. */
function keptBatch(target: readonly number[], from: readonly number[]): readonly number[] {
  return target.length > 0 && target[0] === from[0] ? [-1, ...target.slice(1)] : target;
}

function pad(context: LayerContext): LayerDraft {
  const node = mainNode(context);
  const pads = numbersAttribute(node, "pads") ?? [];
  const rank = pads.length / 2;
  // PyTorch's order: pairs from the last dimension backwards, spatial dimensions only.
  const pairs = Array.from({ length: rank - 2 }, (_, index) => rank - 1 - index).flatMap((axis) => [
    pads[axis] ?? 0,
    pads[axis + rank] ?? 0,
  ]);
  const { mode, value } = context.layer.options;
  const keywords = mode === "constant" ? { ...(value !== 0 && { value: Number(value) }) } : { mode: String(mode) };
  return shapeOnly((x) => call("F.pad", [verbatim(x), pairs], keywords));
}

function upsample(context: LayerContext): LayerDraft {
  const scales = constantInput(context, mainNode(context), 1).slice(2);
  const { mode } = context.layer.options;
  const isLinear = mode === "linear";
  if (isLinear && scales.length > 2) refuse(context.layer.name, "interpolates over three dimensions; use two.");
  const linear = scales.length === 2 ? "bilinear" : "linear";
  const keywords = {
    scale_factor: perDimension(scales),
    mode: isLinear ? linear : "nearest",
    ...(isLinear && { align_corners: false }),
    // The scale that is stated, not the one that the rounded size would give.
    ...(scales.some((scale) => !Number.isInteger(scale)) && { recompute_scale_factor: false }),
  };
  return shapeOnly((x) => call("F.interpolate", [verbatim(x)], keywords));
}
