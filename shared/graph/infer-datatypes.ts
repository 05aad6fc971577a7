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

type NodeInputs = readonly (NodeInput | undefined)[];

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

/** Data types of a node's outputs. */
export function inferNodeDataTypes(node: GraphNode, inputs: NodeInputs, flavor: CostFlavor): readonly DataType[] {
  const first = firstOutputType(node, inputs, flavor) ?? "FLOAT32";
  return node.outputs.map((_, index) => (index === 0 ? first : "FLOAT32"));
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
  const typeOf = (name: string) => types.get(name) ?? "FLOAT32";
  for (const node of graph.nodes) {
    const inferred = inferOutputTypes(graph, node, flavor, typeOf);
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

/** Types of a node's outputs within a graph, given the types of its inputs. Annotations count where the op is not known. */
export function inferOutputTypes(
  graph: Graph,
  node: GraphNode,
  flavor: CostFlavor,
  typeOf: (tensor: string) => DataType,
): readonly DataType[] {
  const inputs = node.inputs.map((name) => {
    const tensor = graph.tensors.get(name);
    return tensor && { dataType: typeOf(name), tensor };
  });
  const first = firstOutputType(node, inputs, flavor);
  return node.outputs.map((name, index) => {
    const annotated = graph.tensors.get(name)?.dataType ?? "FLOAT32";
    return index === 0 && first ? first : annotated;
  });
}

/** `undefined` where the tools have no rule for the op. */
function firstOutputType(node: GraphNode, inputs: NodeInputs, flavor: CostFlavor): DataType | undefined {
  const [input] = inputs;
  const { opType } = node;
  if (keepsInputType(node, flavor)) return input?.dataType ?? "FLOAT32";
  if (accumulates[flavor].has(opType)) return accumulatorType(inputs, flavor);
  switch (opType) {
    case "Quant":
    case "IntQuant":
    case "BipolarQuant":
      return quantizerType(
        node,
        inputs.map((operand) => operand?.tensor),
      );
    case "Trunc":
    case "FloatQuant":
    case "CodebookQuant":
      return "FLOAT32";
    case "Sign":
      return "BIPOLAR";
    case "CustomOp":
      return customOpCost(node)?.outputDataType;
    default:
      return flavor === "qonnx" ? qonnxOnlyType(node, inputs) : undefined;
  }
}

function isResize({ opType }: GraphNode): boolean {
  return opType === "Resize" || opType === "Upsample";
}

function qonnxOnlyType(node: GraphNode, inputs: NodeInputs): DataType | undefined {
  switch (node.opType) {
    case "QuantizeLinear": {
      // ONNX's default without a zero point is uint8.
      const { bits, signed } = container(inputs[2]?.tensor.elementType) ?? { bits: 8, signed: false };
      return quantizedDataType(bits, signed, true);
    }
    case "DequantizeLinear": {
      // A file without value information still types the zero point.
      const type = container(inputs[0]?.tensor.elementType) ?? container(inputs[2]?.tensor.elementType);
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

function accumulatorType(inputs: NodeInputs, flavor: CostFlavor): DataType {
  const types = inputs.map((input) => input?.dataType ?? "FLOAT32");
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
  tensors: readonly (Tensor | undefined)[],
  changedBits?: number,
): DataType | undefined {
  const [, scale, zeroPoint, bitWidth] = tensors;
  switch (node.opType) {
    case "Quant":
    case "IntQuant": {
      const bits = changedBits ?? scalarValue(bitWidth);
      if (bits === undefined || !Number.isInteger(bits) || bits < 1) return "FLOAT32";
      if (scale?.constant !== true || !constantIs(zeroPoint, 0)) return "FLOAT32";
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
