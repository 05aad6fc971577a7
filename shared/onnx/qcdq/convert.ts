/**
 * From Quant nodes to ONNX's own operators, which ONNX Runtime runs: QuantizeLinear, Clip, DequantizeLinear (QCDQ).
 *
 * Activations become `QuantizeLinear -> Clip -> DequantizeLinear`, weights a constant of integers with
 * `Clip -> DequantizeLinear`, biases int32 with `DequantizeLinear`. The clip is left out where the container has the
 * quantiser's range. The form is that of Brevitas's and qonnx's QCDQ exports (qonnx, transformation/qonnx_to_qcdq.py).
 */
import { numberAttribute } from "../../graph/attributes.js";
import { freshName } from "../../graph/fresh-name.js";
import {
  elementCount,
  type ElementType,
  type Graph,
  type GraphNode,
  type Shape,
  type Tensor,
  type TensorData,
} from "../../graph/graph.js";
import { integerRange } from "../../graph/values/quantizers.js";
import { roundHalfToEven } from "../../graph/values/rounding.js";
import { broadcastIndex, emptyData } from "../../graph/values/tensor-value.js";
import { addConstant, type Draft } from "./draft.js";
import { modernOperator } from "./modern-operators.js";

/** Scales per channel, and Clip on integers, need it. */
const QCDQ_OPSET = 13;

/**
 * The same network in QCDQ at opset 13. All constants must have values, and quantisers be what QCDQ can express: 2 to 8
 * bits (biases up to 32), scales per tensor or channel, rounding half to even; the rules of the profile `qcdq` say so
 * before.
 * @throws Error for a graph that the rules would have refused.
 */
export function toQcdq(graph: Graph): Graph {
  const draft: Draft = { tensors: new Map(graph.tensors), nodes: [], dropped: new Set() };
  for (const node of graph.nodes) {
    if (node.opType === "Quant") convertQuant(draft, node);
    else draft.nodes.push(modernOperator(draft, node));
  }
  const read = new Set(draft.nodes.flatMap(({ inputs }) => inputs));
  for (const name of draft.dropped) if (!read.has(name)) draft.tensors.delete(name);
  return { ...graph, nodes: draft.nodes, tensors: draft.tensors, opset: QCDQ_OPSET };
}

/** A Quant node with the values of its parameters. */
interface QuantParameters {
  readonly node: GraphNode;
  readonly input: Tensor;
  readonly output: string;
  readonly scale: Tensor;
  readonly zeroPoint: number;
  readonly min: number;
  readonly max: number;
  /** The axis that has a scale each. */
  readonly axis: number | undefined;
}

function convertQuant(draft: Draft, node: GraphNode): void {
  const quant = parametersOf(draft, node);
  node.inputs.slice(1).forEach((name) => draft.dropped.add(name));
  if (node.role === "biasQuant") convertBias(draft, quant);
  else if (quant.input.constant === true) convertWeight(draft, quant);
  else convertActivation(draft, quant);
}

function parametersOf({ tensors }: Draft, node: GraphNode): QuantParameters {
  const [input, scale, zeroPoint, bitWidth] = node.inputs.map((name) => tensors.get(name));
  const bits = bitWidth?.data?.[0];
  const [output] = node.outputs;
  if (!input || !scale?.data || bits === undefined || output === undefined) {
    throw new Error(`${node.name} has no values for its parameters`);
  }
  const isSigned = numberAttribute(node, "signed", 1) !== 0;
  const { min, max } = integerRange(bits, isSigned, numberAttribute(node, "narrow", 0) !== 0);
  return {
    node,
    input,
    output,
    scale,
    zeroPoint: zeroPoint?.data?.[0] ?? 0,
    min,
    max,
    axis: channelAxis(input, scale),
  };
}

/** The dimension of the input along which the scale varies. */
function channelAxis(input: Tensor, { shape = [] }: Tensor): number | undefined {
  if (elementCount(shape) === 1) return undefined;
  const axis = shape.findIndex((size) => size > 1);
  return axis + (input.shape?.length ?? shape.length) - shape.length;
}

function convertActivation(draft: Draft, quant: QuantParameters): void {
  const { node, input, output, min, max } = quant;
  const type = containerOf(min, max);
  const parameters = linearParameters(draft, quant, type);
  const attributes = axisAttribute(quant);
  const quantized = addNode(draft, node, {
    opType: "QuantizeLinear",
    inputs: [input.name, ...parameters],
    attributes,
    output: `${output}.int`,
    type,
  });
  const clipped = addClip(draft, quant, { from: quantized, type });
  draft.nodes.push(standardNode(node, "DequantizeLinear", { inputs: [clipped, ...parameters], output, attributes }));
}

function convertWeight(draft: Draft, quant: QuantParameters): void {
  const { node, input, output, min, max } = quant;
  const type = containerOf(min, max);
  const stored = addConstant(draft, `${input.name}.int`, {
    elementType: type,
    shape: input.shape ?? [],
    data: integersOf(quant, type),
  });
  draft.dropped.add(input.name);
  const clipped = addClip(draft, quant, { from: stored, type });
  const inputs = [clipped, ...linearParameters(draft, quant, type)];
  draft.nodes.push(standardNode(node, "DequantizeLinear", { inputs, output, attributes: axisAttribute(quant) }));
}

/** Biases have the accumulator's width, up to 32 bits, and no zero point. */
function convertBias(draft: Draft, quant: QuantParameters): void {
  const { node, input, output, scale } = quant;
  const stored = addConstant(draft, `${input.name}.int`, {
    elementType: "int32",
    shape: input.shape ?? [],
    data: integersOf(quant, "int32"),
  });
  draft.dropped.add(input.name);
  const scales = addConstant(draft, `${node.name}.bias_scale`, { ...scale, shape: linearShape(scale) });
  const attributes = axisAttribute(quant);
  draft.nodes.push(standardNode(node, "DequantizeLinear", { inputs: [stored, scales], output, attributes }));
}

/** `round(clamp(x / scale + zeroPoint))`, each step in float32 as the Quant node does, in the container's own array. */
function integersOf({ input, scale, zeroPoint, min, max, node }: QuantParameters, type: ElementType): TensorData {
  const { data, shape = [], name } = input;
  if (!data) throw new Error(`${name}, which ${node.name} quantises, has no values`);
  const scaleAt = broadcastIndex(scale.shape ?? [], shape);
  const scales = scale.data ?? [];
  const only = scales.length === 1 ? scales[0] : undefined;
  const integers = emptyData(type, data.length);
  for (let index = 0; index < data.length; index++) {
    const step = only ?? scales[scaleAt(index)] ?? 1;
    const scaled = Math.fround(Math.fround((data[index] ?? 0) / step) + zeroPoint);
    integers[index] = roundHalfToEven(Math.min(Math.max(scaled, min), max));
  }
  return integers;
}

/** The smallest of ONNX's 8-bit containers. */
function containerOf(min: number, max: number): "int8" | "uint8" {
  if (min >= 0 && max <= 255) return "uint8";
  if (min >= -128 && max <= 127) return "int8";
  throw new Error(`The range ${min} to ${max} fits no 8-bit container`);
}

/** Scale and zero point as QuantizeLinear takes them: a scalar, or one dimension. */
function linearParameters(draft: Draft, { node, scale, zeroPoint }: QuantParameters, type: ElementType): string[] {
  const shape = linearShape(scale);
  const zeros = new Float64Array(elementCount(shape)).fill(zeroPoint);
  return [
    addConstant(draft, `${node.name}.scale`, { ...scale, shape }),
    addConstant(draft, `${node.name}.zero_point`, { elementType: type, shape, data: zeros }),
  ];
}

function linearShape({ shape = [] }: Tensor): Shape {
  const count = elementCount(shape);
  return count === 1 ? [] : [count];
}

function axisAttribute({ axis }: QuantParameters): Readonly<Record<string, number>> {
  return axis === undefined ? {} : { axis };
}

/** Narrows the container to the quantiser's range; gives the name of what is within it. */
function addClip(
  draft: Draft,
  { node, output, min, max }: QuantParameters,
  { from, type }: { readonly from: string; readonly type: "int8" | "uint8" },
): string {
  const whole = type === "int8" ? { min: -128, max: 127 } : { min: 0, max: 255 };
  if (min === whole.min && max === whole.max) return from;
  const limits = [
    addConstant(draft, `${node.name}.min`, { elementType: type, shape: [], data: Float64Array.of(min) }),
    addConstant(draft, `${node.name}.max`, { elementType: type, shape: [], data: Float64Array.of(max) }),
  ];
  return addNode(draft, node, {
    opType: "Clip",
    inputs: [from, ...limits],
    attributes: {},
    output: `${output}.clipped`,
    type,
  });
}

interface NewNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, number>>;
  readonly output: string;
  readonly type: ElementType;
}

/** Adds a node with an output of its own; gives the output's name. */
function addNode(draft: Draft, origin: GraphNode, { type, output, ...node }: NewNode): string {
  const name = freshName(draft.tensors, output);
  const shape = draft.tensors.get(origin.inputs[0] ?? "")?.shape;
  draft.tensors.set(name, { name, elementType: type, ...(shape && { shape }) });
  draft.nodes.push({
    ...standardNode(origin, node.opType, { ...node, output: name }),
    name: `${origin.name}.${node.opType}`,
  });
  return name;
}

/** A node of ONNX's own domain in the place of another. */
function standardNode(
  { name, layer, role }: GraphNode,
  opType: string,
  { inputs, output, attributes }: Pick<NewNode, "inputs" | "output" | "attributes">,
): GraphNode {
  return {
    ...{ name, opType, domain: "", inputs, outputs: [output], attributes },
    ...(layer !== undefined && { layer }),
    ...(role && { role }),
  };
}
