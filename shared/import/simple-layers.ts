/** Activations, batch norm, sums: layers that work element by element. */
import { numberAttribute } from "../graph/attributes.js";
import { elementCount, type GraphNode, type Shape } from "../graph/graph.js";
import type { CallParameter } from "./calls.js";
import { onlyReader, shapeOf, sourceOf, storedTensor, valuesOf } from "./graph-view.js";
import { layerNameOf } from "./layer-names.js";
import { sameFloat32, shortestFloat32 } from "./numbers.js";
import { callOf, dynamicInputs, mainInput, withQuantizer, type Found, type Recognizer } from "./recognizer.js";

const quantizedActivations: Readonly<
  Record<string, { readonly callee: string; readonly float: string; readonly base: string }>
> = {
  Relu: { callee: "quantReLU", float: "relu", base: "relu" },
  Sigmoid: { callee: "quantSigmoid", float: "sigmoid", base: "sigmoid" },
  Tanh: { callee: "quantTanh", float: "quantTanh", base: "tanh" },
};

/** `Relu`, `Sigmoid`, `Tanh` with the quantiser behind them. */
export function activationCall(recognizer: Recognizer, node: GraphNode): Found {
  const found = quantizedActivations[node.opType];
  if (found === undefined) return "is no activation";
  const { output, options, scales } = withQuantizer(recognizer, node.outputs[0] ?? "", "actQuant");
  const callee = "actQuant" in options ? found.callee : found.float;
  return callOf({ callee, base: found.base, inputs: [mainInput(recognizer, node).input], options, scales, output });
}

/** ONNX's and PyTorch's constants of SELU. */
const selu = { alpha: 1.67326319217681884765625, gamma: 1.05070102214813232421875 };

export function eluCall(recognizer: Recognizer, node: GraphNode): Found {
  const { input } = mainInput(recognizer, node);
  const output = node.outputs[0] ?? "";
  if (node.opType === "Elu") {
    const alpha = shortestFloat32(numberAttribute(node, "alpha", 1));
    return callOf({ callee: "elu", base: "elu", inputs: [input], options: alpha === 1 ? {} : { alpha }, output });
  }
  const isPlain =
    sameFloat32(numberAttribute(node, "alpha", selu.alpha), selu.alpha) &&
    sameFloat32(numberAttribute(node, "gamma", selu.gamma), selu.gamma);
  return isPlain ? callOf({ callee: "selu", base: "selu", inputs: [input], output }) : "has constants of its own";
}

/** `Clip` with two limits; its limits are attributes, or inputs since opset 11. */
export function clipCall(recognizer: Recognizer, node: GraphNode): Found {
  const limit = (name: "min" | "max", at: 1 | 2): number =>
    valuesOf(recognizer.view, node.inputs[at])?.[0] ?? numberAttribute(node, name, Number.NaN);
  const [minVal, maxVal] = [shortestFloat32(limit("min", 1)), shortestFloat32(limit("max", 2))];
  if (!Number.isFinite(minVal) || !Number.isFinite(maxVal) || minVal >= maxVal) {
    return "has not two constant limits, the lower one first";
  }
  const inputs = [mainInput(recognizer, node).input];
  const options = { minVal, maxVal };
  return callOf({ callee: "quantHardTanh", base: "hardtanh", inputs, options, output: node.outputs[0] ?? "" });
}

const normTensors = ["weight", "bias", "running_mean", "running_var"] as const;

export function batchNormCall(recognizer: Recognizer, node: GraphNode): Found {
  const { input, shape } = mainInput(recognizer, node);
  const callee = batchNormFor(shape.length);
  if (callee === undefined) return `is a batch norm of ${shape.length} dimensions, where the DSL has 2 to 4`;
  if (numberAttribute(node, "training_mode", 0) !== 0) return "is a batch norm in training mode";
  const stored = node.inputs.slice(1, 5).map((name) => storedTensor(recognizer.view, sourceOf(recognizer.view, name)));
  if (stored.length < 4 || stored.includes(undefined)) return "is a batch norm whose parameters are computed";
  const parameters = normTensors.flatMap((suffix, at): CallParameter | [] => {
    const data = stored[at]?.data;
    return data ? { suffix, shape: [data.length], data } : [];
  });
  const eps = shortestFloat32(numberAttribute(node, "epsilon", 1e-5));
  if (!(eps > 0)) return `has an epsilon of ${eps}, where the DSL has a number above 0`;
  // ONNX's momentum is the weight of the old value, PyTorch's that of the new one.
  const momentum = Number((1 - shortestFloat32(numberAttribute(node, "momentum", 0.9))).toPrecision(7));
  const name = layerNameOf(node, node.inputs.slice(1));
  return callOf({
    ...{ callee, base: "norm", inputs: [input], output: node.outputs[0] ?? "", parameters },
    ...(name !== undefined && { name }),
    options: { ...(eps !== 1e-5 && { eps }), ...(momentum !== 0.1 && momentum >= 0 && momentum <= 1 && { momentum }) },
  });
}

function batchNormFor(rank: number): string | undefined {
  if (rank === 4) return "batchNorm2d";
  return rank === 2 || rank === 3 ? "batchNorm1d" : undefined;
}

/** A sum or product of two computed tensors. */
export function elementwiseCall(recognizer: Recognizer, node: GraphNode): Found {
  const inputs = dynamicInputs(recognizer, node);
  if (inputs.length !== 2) return affineCall(recognizer, node);
  if (node.opType !== "Add" && node.opType !== "Mul") return "has no function in the DSL";
  const callee = node.opType.toLowerCase();
  const { output, options, scales } = withQuantizer(recognizer, node.outputs[0] ?? "", "outputQuant");
  return callOf({ callee, base: callee, inputs, options, scales, output });
}

/** `y = factor * x + shift`, one number or one per channel each. */
interface Affine {
  readonly factor: readonly number[];
  readonly shift: readonly number[];
}

/**
 * Arithmetic with constants, one node or several in a row: a batch norm with mean 0 and variance 1, which costs as
 * little and can be trained.
 */
function affineCall(recognizer: Recognizer, node: GraphNode): Found {
  const { view } = recognizer;
  const [input = ""] = dynamicInputs(recognizer, node);
  const shape = shapeOf(view, input) ?? [];
  const callee = batchNormFor(shape.length);
  const run = callee === undefined ? undefined : affineRun(recognizer, node, shape);
  if (callee === undefined || run === undefined)
    return "combines the input with a constant that is not one number, or one per channel";
  const eps = 1e-5;
  const { affine, output } = run;
  const channels = (values: readonly number[]) =>
    Float32Array.from({ length: shape[1] ?? 1 }, (_, at) => values[values.length === 1 ? 0 : at] ?? 0);
  const values = [channels(affine.factor), channels(affine.shift), channels([0]), channels([1 - eps])];
  return callOf({
    ...{ callee, base: "norm", inputs: [input], output },
    parameters: normTensors.map((suffix, at) => ({
      suffix,
      shape: [shape[1] ?? 1],
      data: values[at] ?? channels([0]),
    })),
  });
}

/** The arithmetic of this node and of those behind it that do the same. */
function affineRun(
  recognizer: Recognizer,
  first: GraphNode,
  shape: Shape,
): { readonly affine: Affine; readonly output: string } | undefined {
  const { view, done } = recognizer;
  let affine = affineOf(recognizer, first, shape.length, shape[1] ?? 1);
  if (affine === undefined) return undefined;
  let [output = ""] = first.outputs;
  for (let next = onlyReader(view, output); next !== undefined; next = onlyReader(view, output)) {
    const behind = affineOf(recognizer, next, shape.length, shape[1] ?? 1);
    if (behind === undefined || dynamicInputs(recognizer, next).length !== 1) break;
    affine = composed(affine, behind);
    done.add(next);
    output = next.outputs[0] ?? "";
  }
  return { affine, output };
}

/** First the one, then the other. */
function composed(first: Affine, second: Affine): Affine {
  const count = Math.max(...[first, second].flatMap(({ factor, shift }) => [factor.length, shift.length]));
  const at = (values: readonly number[], index: number) => values[values.length === 1 ? 0 : index] ?? 0;
  const each = (element: (index: number) => number) => Array.from({ length: count }, (_, index) => element(index));
  return {
    factor: each((index) => at(first.factor, index) * at(second.factor, index)),
    shift: each((index) => at(first.shift, index) * at(second.factor, index) + at(second.shift, index)),
  };
}

function affineOf({ view }: Recognizer, node: GraphNode, rank: number, channels: number): Affine | undefined {
  const [first = "", second = ""] = node.inputs;
  const constantFirst = valuesOf(view, first) !== undefined;
  const name = constantFirst ? first : second;
  const data = valuesOf(view, name);
  const shape = shapeOf(view, name) ?? [];
  if (data === undefined || !isPerChannel(shape, rank, channels)) return undefined;
  const values = Array.from(data);
  switch (node.opType) {
    case "Add":
      return { factor: [1], shift: values };
    case "Mul":
      return { factor: values, shift: [0] };
    case "Sub":
      return constantFirst ? { factor: [-1], shift: values } : { factor: [1], shift: values.map((value) => -value) };
    case "Div":
      return constantFirst ? undefined : { factor: values.map((value) => 1 / value), shift: [0] };
    default:
      return undefined;
  }
}

/** True for one number, or one per channel in dimension 1. */
function isPerChannel(shape: readonly number[], rank: number, channels: number): boolean {
  if (elementCount(shape) === 1) return shape.length <= rank;
  const offset = rank - shape.length;
  return shape.every((size, axis) => (axis + offset === 1 ? size === channels : size === 1));
}
