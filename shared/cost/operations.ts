/**
 * What each operator costs before types and sparsity: multiply-accumulates, weight and output elements.
 *
 * Formulas: Xilinx/finn-base (branch feature/itu_competition_21) and fastmachinelearning/qonnx,
 * `analysis/inference_cost.py` of each.
 */
import { numberAttribute, numbersAttribute } from "../graph/attributes.js";
import { customOpCost } from "../graph/custom-op.js";
import type { CostFlavor, DataType } from "../graph/datatype.js";
import { elementCount, type Graph, type GraphNode, type Shape } from "../graph/graph.js";
import { resizeMode, resizeScales } from "../graph/shapes/indexing.js";

/** A node's cost in numbers of operations and elements; what they are charged depends on the tensors' types. */
export interface Operation {
  readonly node: GraphNode;
  /** Tensors whose types are charged. */
  readonly input: string;
  readonly weight: string;
  readonly output: string;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly macs: number;
  readonly weightElements: number;
  readonly outputElements: number;
  readonly hasWeightKey: boolean;
  /** The constant operand, whose zeros are discounted; absent when both operands are computed. */
  readonly constant?: string;
  /** A custom operator's own types. */
  readonly types?: { readonly input?: DataType; readonly weight?: DataType; readonly output?: DataType };
}

/** Ops that both tools let pass for free. */
const freeInBoth = [
  ...["MaxPool", "AveragePool", "Quant", "Reshape", "Concat", "Transpose", "Div", "Mul", "Add", "Sub"],
  ...["BatchNormalization", "Relu", "Elu", "Selu", "Sigmoid", "Identity", "Flatten"],
];

const free: Readonly<Record<CostFlavor, ReadonlySet<string>>> = {
  "finn-base": new Set(freeInBoth),
  qonnx: new Set([...freeInBoth, "QuantizeLinear", "DequantizeLinear", "Pad", "Clip", "Trunc"]),
};

/** What a node of a prepared graph costs: an operation, nothing, or something that the tools do not know. */
export function operationOf(graph: Graph, node: GraphNode, flavor: CostFlavor): Operation | "free" | "unsupported" {
  if (free[flavor].has(node.opType)) return "free";
  return pricedOperation(graph, node, flavor) ?? "unsupported";
}

function pricedOperation(graph: Graph, node: GraphNode, flavor: CostFlavor): Operation | undefined {
  switch (node.opType) {
    case "Conv":
      return convolution(graph, node);
    case "MatMul":
    case "Gemm":
      return product(graph, node, flavor);
    case "Upsample":
      return upsample(graph, node);
    case "CustomOp":
      return custom(graph, node);
    default:
      return undefined;
  }
}

/** Names and shapes of the first two inputs and the output; `undefined` while a shape is unknown. */
function operands(graph: Graph, node: GraphNode) {
  const input = node.inputs[0] ?? "";
  const weight = node.inputs[1] ?? "";
  const output = node.outputs[0] ?? "";
  const inputShape = graph.tensors.get(input)?.shape;
  const outputShape = graph.tensors.get(output)?.shape;
  if (!inputShape || !outputShape) return undefined;
  return { node, input, weight, output, inputShape, outputShape, outputElements: elementCount(outputShape) };
}

/** `N * (C_out // group) * C_in * prod(kernel) * prod(out_spatial)`. */
function convolution(graph: Graph, node: GraphNode): Operation | undefined {
  const found = operands(graph, node);
  const weightShape = graph.tensors.get(found?.weight ?? "")?.shape;
  if (!found || !weightShape) return undefined;
  const [batch = 1, channels = 1] = found.inputShape;
  const filters = found.outputShape[1] ?? 1;
  const positions = elementCount(found.outputShape.slice(2));
  const kernel = elementCount(numbersAttribute(node, "kernel_shape") ?? weightShape.slice(2));
  const perGroup = Math.floor(filters / numberAttribute(node, "group", 1));
  const macs = batch * perGroup * channels * kernel * positions;
  const operation = { ...found, macs, weightElements: elementCount(weightShape), hasWeightKey: true };
  return graph.tensors.get(found.weight)?.constant === true ? { ...operation, constant: found.weight } : operation;
}

/**
 * A product of matrices. finn-base counts `prod(input[:-1]) * prod(weight)`, qonnx `input[-1] * prod(output)`, both
 * after Gemm's transA / transB; they differ where the weight has batch dimensions. Weight memory is that of the
 * constant operand, and none when both are computed.
 */
function product(graph: Graph, node: GraphNode, flavor: CostFlavor): Operation | undefined {
  const found = operands(graph, node);
  const weightShape = graph.tensors.get(found?.weight ?? "")?.shape;
  if (!found || !weightShape) return undefined;
  const turned = node.opType === "Gemm" && numberAttribute(node, "transA", 0) === 1;
  const rows = turned ? found.inputShape.toReversed() : found.inputShape;
  const macs =
    flavor === "qonnx"
      ? (rows.at(-1) ?? 1) * found.outputElements
      : elementCount(rows.slice(0, -1)) * elementCount(weightShape);
  const constant = [found.input, found.weight].find((name) => graph.tensors.get(name)?.constant === true);
  const elements = constant === found.weight ? elementCount(weightShape) : elementCount(found.inputShape);
  return {
    ...found,
    macs,
    weightElements: constant === undefined ? 0 : elements,
    hasWeightKey: true,
    ...(constant !== undefined && { constant }),
  };
}

/** Linear interpolation takes two MACs per scaled dimension and output element of a channel; repeating takes none. */
function upsample(graph: Graph, node: GraphNode): Operation | undefined {
  const found = operands(graph, node);
  const mode = resizeMode(node);
  const scales = resizeScales(
    node,
    node.inputs.map((name) => graph.tensors.get(name)),
  );
  if (!found || (mode !== "nearest" && mode !== "linear")) return undefined;
  const [batch = 1, channels = 1] = found.inputShape;
  const positions = elementCount(found.outputShape.slice(2));
  const scaled = scales?.filter((scale) => scale > 1).length ?? 0;
  return {
    ...found,
    weight: found.input,
    macs: mode === "nearest" ? 0 : 2 * scaled * positions * channels * batch,
    weightElements: 0,
    hasWeightKey: false,
  };
}

/** A custom operator costs what its author stated. */
function custom(graph: Graph, node: GraphNode): Operation | undefined {
  const found = operands(graph, node);
  const cost = customOpCost(node);
  if (!found || !cost) return undefined;
  const { inputDataType: input, outputDataType: output } = cost;
  const weight = cost.weightDataType ?? (cost.weightElements > 0 ? "FLOAT32" : undefined);
  return {
    ...found,
    weight: found.input,
    macs: cost.macs,
    weightElements: cost.weightElements,
    hasWeightKey: cost.weightElements > 0,
    types: { ...(input && { input }), ...(weight && { weight }), ...(output && { output }) },
  };
}
