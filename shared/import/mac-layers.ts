/** Convolutions and matrix products. */
import { numberAttribute, numbersAttribute } from "../graph/attributes.js";
import { elementCount, type GraphNode, type Shape } from "../graph/graph.js";
import type { CallOptions, CallScale } from "./calls.js";
import { isConstant, makerOf, onlyReader, shapeOf, sourceOf } from "./graph-view.js";
import { layerNameOf } from "./layer-names.js";
import { callOf, mainInput, perAxis, quantizerOf, withQuantizer, type Found, type Recognizer } from "./recognizer.js";
import { biasOf, storedConstant, weightOf, type FoundParameter, type StoredConstant } from "./weights.js";
import { convPadding, fullWindow, unequalPads } from "./windows.js";

/** Recognises a multiply-accumulate node. */
export function macCall(recognizer: Recognizer, node: GraphNode): Found {
  const weightName = sourceOf(recognizer.view, node.inputs[1] ?? "");
  if (isConstant(recognizer.view, node.inputs[0] ?? "")) return "multiplies a constant with the input, in this order";
  const stored = storedConstant(recognizer.view, weightName);
  if (typeof stored === "string") return stored;
  return node.opType === "Conv" || node.opType === "ConvTranspose"
    ? convCall(recognizer, node, stored)
    : linearCall(recognizer, node, stored);
}

function convCall(recognizer: Recognizer, node: GraphNode, stored: StoredConstant): Found {
  const { view } = recognizer;
  const { input, shape } = mainInput(recognizer, node);
  const { shape: weightShape } = stored.tensor;
  const dimensions = weightShape.length - 2;
  const outShape = shapeOf(view, node.outputs[0] ?? "") ?? [];
  if ((dimensions !== 1 && dimensions !== 2) || shape.length !== weightShape.length) {
    return `is a convolution over ${dimensions} dimensions, where the DSL has 1 and 2`;
  }
  if (stored.transposedBefore || stored.transposedAfter) return "has a weight that is transposed";
  const transposed = node.opType === "ConvTranspose";
  const weight = weightOf(view, stored, { channelAxis: transposed ? 1 : 0, transposed: false });
  if (typeof weight === "string") return weight;
  const groups = numberAttribute(node, "group", 1);
  const outChannels = outShape[1] ?? 1;
  const window = transposed
    ? transposedWindow(node, shape.slice(2), outShape.slice(2), weightShape.slice(2))
    : convWindow(node, shape.slice(2), outShape.slice(2), weightShape.slice(2));
  if (typeof window === "string") return window;
  const inFeatures =
    (transposed ? (shape[1] ?? 1) / groups : (weightShape[1] ?? 1)) * elementCount(weightShape.slice(2));
  return finished(recognizer, node, {
    callee: `quantConv${transposed ? "Transpose" : ""}${dimensions}d`,
    base: transposed ? "conv_transpose" : "conv",
    input,
    sizes: { outChannels, ...window, ...(groups !== 1 && { groups }) },
    weight,
    weightName: stored.tensor.name,
    outFeatures: outChannels,
    inFeatures,
    channelRank: dimensions,
  });
}

function convWindow(node: GraphNode, input: Shape, output: Shape, kernel: Shape): CallOptions | string {
  const window = fullWindow(node, input, output, kernel);
  const padding = convPadding(window);
  if (typeof padding === "string") return padding;
  return {
    ...perAxis("kernelSize", window.kernel),
    ...perAxis("stride", window.strides, 1),
    ...padding,
    ...perAxis("dilation", window.dilations, 1),
  };
}

function transposedWindow(node: GraphNode, input: Shape, output: Shape, kernel: Shape): CallOptions | string {
  const window = fullWindow({ ...node, attributes: { ...node.attributes, auto_pad: "NOTSET" } }, input, output, kernel);
  const { padsBegin, padsEnd, strides, dilations } = window;
  const explicit = numbersAttribute(node, "output_shape") !== undefined || "auto_pad" in node.attributes;
  if (explicit) return "states its output's shape instead of its padding";
  if (!padsBegin.every((cut, axis) => cut === padsEnd[axis])) return unequalPads(window);
  const outputPadding = input.map((_, axis) => numbersAttribute(node, "output_padding")?.[axis] ?? 0);
  return {
    ...perAxis("kernelSize", window.kernel),
    ...perAxis("stride", strides, 1),
    ...perAxis("padding", padsBegin, 0),
    ...perAxis("outputPadding", outputPadding, 0),
    ...perAxis("dilation", dilations, 1),
  };
}

function linearCall(recognizer: Recognizer, node: GraphNode, stored: StoredConstant): Found {
  const { input, shape } = mainInput(recognizer, node);
  if (stored.tensor.shape.length !== 2 || shape.length < 2) return "multiplies with a constant that is no matrix";
  const isGemm = node.opType === "Gemm";
  const [alpha, beta] = [numberAttribute(node, "alpha", 1), numberAttribute(node, "beta", 1)];
  if (isGemm && (numberAttribute(node, "transA", 0) !== 0 || alpha !== 1 || beta !== 1)) {
    return "has transA, or an alpha or beta other than 1";
  }
  const transposed = !(isGemm && numberAttribute(node, "transB", 0) === 1);
  const weight = weightOf(recognizer.view, stored, { channelAxis: 0, transposed });
  if (typeof weight === "string") return weight;
  const outFeatures = shapeOf(recognizer.view, node.outputs[0] ?? "")?.at(-1) ?? 1;
  return finished(recognizer, node, {
    ...{ callee: "quantLinear", base: "linear", input, weight, outFeatures },
    sizes: { outFeatures },
    weightName: stored.tensor.name,
    inFeatures: shape.at(-1) ?? 1,
    channelRank: 0,
  });
}

interface MacParts {
  readonly callee: string;
  readonly base: string;
  readonly input: string;
  readonly sizes: CallOptions;
  readonly weight: FoundParameter;
  /** Of the stored constant. */
  readonly weightName: string;
  readonly outFeatures: number;
  readonly inFeatures: number;
  /** Dimensions behind the channels. */
  readonly channelRank: number;
}

/** Adds what both kinds have: input quantiser, bias, output quantiser. */
function finished(recognizer: Recognizer, node: GraphNode, parts: MacParts): Found {
  const { view } = recognizer;
  const { callee, base, sizes, weight, outFeatures, inFeatures } = parts;
  const addition = addedBias(recognizer, node, parts);
  const biasName = addition?.bias ?? sourceOf(view, node.inputs[2] ?? "");
  const place = { outFeatures, inFeatures, input: parts.input, weight: weight.quantization };
  const bias = biasName === "" ? undefined : biasOf(view, biasName, place);
  if (typeof bias === "string") return bias;
  const before = inputQuantizer(recognizer, parts.input);
  if (addition) recognizer.done.add(addition.node);
  const after = withQuantizer(recognizer, (addition?.node ?? node).outputs[0] ?? "", "outputQuant");
  const name = layerNameOf(node, [parts.weightName, biasName]);
  return callOf({
    ...{ callee, base, inputs: [before.input], output: after.output },
    ...(name !== undefined && { name }),
    options: {
      ...sizes,
      ...(bias === undefined && { bias: false }),
      ...before.options,
      ...weight.options,
      ...bias?.options,
      ...after.options,
    },
    parameters: [weight.parameter, bias?.parameter].filter((parameter) => parameter !== undefined),
    scales: [...before.scales, ...weight.scales, ...after.scales],
  });
}

/** The quantiser that was left for this layer. */
function inputQuantizer(
  recognizer: Recognizer,
  input: string,
): { readonly input: string; readonly options: CallOptions; readonly scales: readonly CallScale[] } {
  const maker = makerOf(recognizer.view, input);
  if (maker === undefined || !recognizer.deferred.has(maker)) return { input, options: {}, scales: [] };
  const found = quantizerOf(recognizer, maker, { suffix: "input_quant", channelAxis: 1 });
  if (typeof found === "string") throw new Error(`${maker.name} was deferred and ${found}`);
  recognizer.deferred.delete(maker);
  return {
    input: sourceOf(recognizer.view, maker.inputs[0] ?? ""),
    options: { inputQuant: found.call },
    scales: found.scale ? [found.scale] : [],
  };
}

/** An `Add` that is a product's only reader and adds one constant per output: a bias. */
function addedBias(
  { view }: Recognizer,
  node: GraphNode,
  { outFeatures, channelRank }: MacParts,
): { readonly node: GraphNode; readonly bias: string } | undefined {
  const [output = ""] = node.outputs;
  const add = onlyReader(view, output);
  if (add?.opType !== "Add" || (node.inputs[2] ?? "") !== "") return undefined;
  const bias = add.inputs.find((name) => sourceOf(view, name) !== output);
  if (bias === undefined || !isConstant(view, bias)) return undefined;
  const shape = shapeOf(view, bias) ?? [];
  const isVector =
    elementCount(shape) === outFeatures &&
    shape.at(-1 - channelRank) === outFeatures &&
    shape.length <= (shapeOf(view, output)?.length ?? 0);
  return isVector && typeof storedConstant(view, bias) !== "string" ? { node: add, bias } : undefined;
}
