/**
 * Worst-case width of the accumulator behind a multiplication.
 *
 * Source: Xilinx/brevitas, `src/brevitas/quant_tensor/int_torch_handler.py` (`max_acc_bit_width_convNd`,
 * `max_acc_bit_width_linear`): the largest magnitudes of both operands, times the products per output.
 */
import { numberAttribute } from "./attributes.js";
import { bitWidth, isIntegerLike, type DataType } from "./datatype.js";
import type { Graph, GraphNode } from "./graph.js";
import { graphIndex } from "./graph-index.js";
import { withShapes } from "./prepare.js";

export interface AccumulatorOperands {
  readonly inputBits: number;
  readonly weightBits: number;
  /** Weights without the lowest integer: one magnitude less. */
  readonly narrowWeights: boolean;
  /** Products summed into one output: kernel positions times input channels per group, or input features. */
  readonly products: number;
  /** Width of the bias, if there is one. */
  readonly biasBits?: number;
}

/** `ceil(log2((2^a - 1) * (2^w - 1) * products))` bits, `2^w - 2` for narrow weights; a bias takes one more. */
export function worstCaseAccumulatorBits(operands: AccumulatorOperands): number {
  const { inputBits, weightBits, narrowWeights, products, biasBits } = operands;
  const weightMagnitude = Math.max(1, 2 ** weightBits - (narrowWeights ? 2 : 1));
  const bits = bitsFor((2 ** inputBits - 1) * weightMagnitude * products);
  return biasBits === undefined ? bits : Math.max(bits, biasBits) + 1;
}

/** Worst-case accumulator bits of a Conv, MatMul or Gemm node; `undefined` when an operand is not integer or not known. */
export function accumulatorBits(
  graph: Graph,
  node: GraphNode,
  dataTypes: ReadonlyMap<string, DataType>,
): number | undefined {
  const [input = "", weight = "", bias = ""] = node.inputs;
  const inputType = dataTypes.get(input) ?? "FLOAT32";
  const weightType = dataTypes.get(weight) ?? "FLOAT32";
  const products = productsPerOutput(graph, node);
  if (products === undefined || !isIntegerLike(inputType) || !isIntegerLike(weightType)) return undefined;
  const biasType = dataTypes.get(bias) ?? "FLOAT32";
  return worstCaseAccumulatorBits({
    inputBits: bitWidth(inputType),
    weightBits: bitWidth(weightType),
    narrowWeights: isNarrow(graph, weight),
    products,
    ...(isIntegerLike(biasType) && { biasBits: bitWidth(biasType) }),
  });
}

/** Products that are summed into one output element; `undefined` for other ops or while the weight's shape is unknown. */
export function productsPerOutput(graph: Graph, node: GraphNode): number | undefined {
  const shape = withShapes(graph).tensors.get(node.inputs[1] ?? "")?.shape;
  if (!shape) return undefined;
  switch (node.opType) {
    case "Conv":
      return shape.slice(1).reduce((product, size) => product * size, 1);
    case "MatMul":
      return shape.at(-2) ?? shape[0];
    case "Gemm":
      return numberAttribute(node, "transB", 0) === 1 ? shape[1] : shape[0];
    default:
      return undefined;
  }
}

function isNarrow(graph: Graph, weight: string): boolean {
  const { producers } = graphIndex(graph);
  let node = producers.get(weight);
  while (node && node.opType !== "Quant" && node.opType !== "IntQuant") node = producers.get(node.inputs[0] ?? "");
  return node !== undefined && numberAttribute(node, "narrow", 0) !== 0;
}

/** The least number of bits that hold this many values; exact at powers of two, where a rounded logarithm may not be. */
function bitsFor(values: number): number {
  let bits = 0;
  while (2 ** bits < values) bits++;
  return bits;
}
