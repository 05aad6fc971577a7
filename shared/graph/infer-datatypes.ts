/**
 * Data-type inference as the two official tools do it, node by node.
 *
 * Sources: Xilinx/finn-base (branch feature/itu_competition_21) and fastmachinelearning/qonnx,
 * `transformation/infer_datatypes.py` and `custom_op/general/quant.py` of each. A tensor without annotation is
 * FLOAT32 to both, constants included; so is an absent optional input.
 */
import { numberAttribute } from "./attributes.js";
import { customOpCost } from "./custom-op.js";
import {
  isIntegerLike,
  isPlainInteger,
  isSigned,
  quantizedDataType,
  type CostFlavor,
  type DataType,
} from "./datatype.js";
import type { ElementType, Graph, GraphNode, Tensor } from "./graph.js";
import { resizeMode } from "./shapes/indexing.js";

export interface NodeInput {
  readonly dataType: DataType;
  readonly tensor: Tensor;
}

/** Ops whose output has the type of their first input. */
const keepsType: Readonly<Record<CostFlavor, ReadonlySet<string>>> = {
  "finn-base": new Set(["Reshape", "Transpose", "Flatten", "Slice", "Gather", "Identity", "MaxPool"]),
  qonnx: new Set([
    ...["Reshape", "Transpose", "Flatten", "Slice", "Gather", "GatherElements", "GatherND", "Identity", "Expand"],
    ...["MaxPool", "GlobalMaxPool", "Scatter", "ScatterElements", "ScatterND", "Squeeze", "Unsqueeze", "Tile"],
    ...["Pad", "Concat", "Clip"],
  ]),
};

/** Ops whose result is a sum of products, or a sum: an accumulator of 32 bits. */
const accumulates: Readonly<Record<CostFlavor, ReadonlySet<string>>> = {
  "finn-base": new Set(["Conv", "MatMul"]),
  qonnx: new Set(["MatMul", "Gemm", "Conv", "Add", "Sub", "Mul"]),
};

/** How inference looks things up by tensor name. An absent optional input ("") is FLOAT32. */
export interface TypeLookup {
  readonly typeOf: (tensor: string) => DataType;
  readonly tensorOf: (tensor: string) => Tensor | undefined;
}

/** Data types of a node's outputs. */
export function inferNodeDataTypes(
  node: GraphNode,
  inputs: readonly (NodeInput | undefined)[],
  flavor: CostFlavor,
): readonly DataType[] {
  const at = (name: string) => inputs[node.inputs.indexOf(name)];
  const lookup: TypeLookup = {
    typeOf: (name) => at(name)?.dataType ?? "FLOAT32",
    tensorOf: (name) => at(name)?.tensor,
  };
  return inferOutputTypes(node, lookup, flavor);
}

/**
 * Data type of every tensor. `overrides` fixes tensors whatever is inferred: a what-if.
 * An output that the file annotates keeps its type where the tools do not know the op.
 */
export function inferDataTypes(
  graph: Graph,
  flavor: CostFlavor,
  overrides?: ReadonlyMap<string, DataType>,
): ReadonlyMap<string, DataType> {
  const types = new Map<string, DataType>();
  for (const tensor of graph.tensors.values()) types.set(tensor.name, tensor.dataType ?? "FLOAT32");
  for (const [name, dataType] of overrides ?? []) types.set(name, dataType);
  const lookup: TypeLookup = {
    typeOf: (name) => types.get(name) ?? "FLOAT32",
    tensorOf: (name) => graph.tensors.get(name),
  };
  for (const node of graph.nodes) {
    const inferred = inferOutputTypes(node, lookup, flavor);
    node.outputs.forEach((name, index) => {
      if (name !== "" && !overrides?.has(name)) types.set(name, inferred[index] ?? "FLOAT32");
    });
  }
  return types;
}

/** True for a node whose output has the type of its first input, whatever that is. */
export function keepsInputType(node: GraphNode, flavor: CostFlavor): boolean {
  if (keepsType[flavor].has(node.opType)) return true;
  return flavor === "qonnx" && isResize(node) && resizeMode(node) === "nearest";
}

/** Types of a node's outputs. Where the tools have no rule for the op, what the file annotates stays. */
export function inferOutputTypes(node: GraphNode, lookup: TypeLookup, flavor: CostFlavor): readonly DataType[] {
  const first = firstOutputType(node, lookup, flavor);
  return node.outputs.map((name, index) =>
    index === 0 && first ? first : (lookup.tensorOf(name)?.dataType ?? "FLOAT32"),
  );
}

/** `undefined` where the tools have no rule for the op. */
function firstOutputType(node: GraphNode, lookup: TypeLookup, flavor: CostFlavor): DataType | undefined {
  const [input = ""] = node.inputs;
  if (keepsInputType(node, flavor)) return lookup.typeOf(input);
  if (accumulates[flavor].has(node.opType)) return accumulatorType(node, lookup, flavor);
  switch (node.opType) {
    case "Quant":
    case "IntQuant":
    case "BipolarQuant":
      return quantizerType(node, lookup);
    case "Trunc":
    case "FloatQuant":
    case "CodebookQuant":
      return "FLOAT32";
    case "Sign":
      return "BIPOLAR";
    case "CustomOp":
      return customOpCost(node)?.outputDataType;
    default:
      return flavor === "qonnx" ? qonnxOnlyType(node, lookup) : undefined;
  }
}

function isResize({ opType }: GraphNode): boolean {
  return opType === "Resize" || opType === "Upsample";
}

function qonnxOnlyType(node: GraphNode, { tensorOf }: TypeLookup): DataType | undefined {
  const [input = "", , zeroPoint = ""] = node.inputs;
  const zeroPointType = container(tensorOf(zeroPoint)?.elementType);
  switch (node.opType) {
    case "QuantizeLinear": {
      // ONNX's default without a zero point is uint8.
      const { bits, signed } = zeroPointType ?? { bits: 8, signed: false };
      return quantizedDataType(bits, signed, true);
    }
    case "DequantizeLinear": {
      // A file without value information still types the zero point.
      const type = container(tensorOf(input)?.elementType) ?? zeroPointType;
      return `SCALEDINT${type?.bits ?? 8}`;
    }
    default:
      return undefined;
  }
}

/** Width and sign of an integer element type; `undefined` for the others. */
function container(
  elementType: ElementType | undefined,
): { readonly bits: number; readonly signed: boolean } | undefined {
  const match = /^(u?)int(\d+)$/.exec(elementType ?? "");
  return match ? { bits: Number(match[2]), signed: match[1] === "" } : undefined;
}

function accumulatorType(node: GraphNode, { typeOf }: TypeLookup, flavor: CostFlavor): DataType {
  const types = node.inputs.map(typeOf);
  if (types.every(isPlainInteger)) return types.some(isSigned) ? "INT32" : "UINT32";
  return flavor === "qonnx" && types.every(isIntegerLike) ? "SCALEDINT32" : "FLOAT32";
}

/**
 * Type of a quantiser's output, `undefined` when the node is none: FLOAT32 unless scale, zero point and bit width are
 * constants, every zero point is 0 and the bit width is a whole number of rank 0. `changedBits` stands for the bit
 * width in a what-if.
 */
export function quantizerType(
  node: GraphNode,
  { tensorOf }: Pick<TypeLookup, "tensorOf">,
  changedBits?: number,
): DataType | undefined {
  const [, scaleName = "", zeroPoint = "", bitWidth = ""] = node.inputs;
  const scale = tensorOf(scaleName);
  switch (node.opType) {
    case "Quant":
    case "IntQuant": {
      const bits = changedBits ?? scalarValue(tensorOf(bitWidth));
      if (bits === undefined || !Number.isInteger(bits) || bits < 1) return "FLOAT32";
      if (scale?.constant !== true || !constantIs(tensorOf(zeroPoint), 0)) return "FLOAT32";
      return quantizedDataType(bits, numberAttribute(node, "signed", 1) !== 0, constantIs(scale, 1));
    }
    case "BipolarQuant":
      return constantIs(scale, 1) ? "BIPOLAR" : "FLOAT32";
    default:
      return undefined;
  }
}

/** The value of a constant of rank 0. */
function scalarValue(tensor: Tensor | undefined): number | undefined {
  return tensor?.constant === true && tensor.shape?.length === 0 ? tensor.data?.[0] : undefined;
}

/** True when every element of a constant has this value. A constant whose values are not known is not. */
function constantIs(tensor: Tensor | undefined, value: number): boolean {
  return tensor?.constant === true && (tensor.data?.every((element) => element === value) ?? false);
}
