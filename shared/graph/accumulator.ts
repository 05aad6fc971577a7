/**
 * Worst-case width of the accumulator behind a multiplication: whatever the weights and inputs of their types.
 *
 * Brevitas (Xilinx/brevitas, `src/brevitas/quant_tensor/int_torch_handler.py`, `max_acc_bit_width_convNd` and
 * `max_acc_bit_width_linear`) multiplies the numbers of steps of both operands with the products per output. That has no bit
 * for the sign and mostly needs none, since a sum of signed integers uses half of those steps in each direction. It is too
 * small where the integers are not half as large as there are steps: weights of one bit are ±1; and for some numbers of
 * products, where the least integer is larger than the greatest and meets unsigned ones.
 */
import { numberAttribute } from "./attributes.js";
import { bitWidth, isIntegerLike, isSigned, type DataType } from "./datatype.js";
import type { Graph, GraphNode } from "./graph.js";
import { graphIndex } from "./graph-index.js";
import { withShapes } from "./prepare.js";
import { integerRange } from "./values/quantizers.js";

export interface AccumulatorOperands {
  readonly inputBits: number;
  readonly inputSigned: boolean;
  readonly weightBits: number;
  readonly weightSigned: boolean;
  /** Weights without the lowest integer: one magnitude less. */
  readonly narrowWeights: boolean;
  /** Products summed into one output: kernel positions times input channels per group, or input features. */
  readonly products: number;
  /** The bias, if there is one; of 0 bits when it is not quantised. */
  readonly bias?: { readonly bits: number; readonly signed: boolean };
}

/**
 * Brevitas's width: `ceil(log2((2^a - 1) * (2^w - 1) * products))` bits, `2^w - 2` for narrow weights; a bias takes one more than
 * the wider of both. Not always enough: see `worstCaseAccumulatorBits`.
 */
export function brevitasAccumulatorBits(operands: AccumulatorOperands): number {
  const { inputBits, weightBits, narrowWeights, products, bias } = operands;
  const weightSteps = Math.max(1, 2 ** weightBits - (narrowWeights ? 2 : 1));
  const bits = bitsFor((2 ** inputBits - 1) * weightSteps * products);
  return bias === undefined ? bits : Math.max(bits, bias.bits) + 1;
}

/** Brevitas's width, or the least width of two's complement that holds every sum where that is more. */
export function worstCaseAccumulatorBits(operands: AccumulatorOperands): number {
  return Math.max(brevitasAccumulatorBits(operands), sumBits(operands));
}

/** Bits of the largest and the least sum, with a sign where that is negative. */
function sumBits(operands: AccumulatorOperands): number {
  const { inputBits, inputSigned, weightBits, weightSigned, narrowWeights, products, bias } = operands;
  const inputs = integers(inputBits, inputSigned, false);
  const weights = integers(weightBits, weightSigned, narrowWeights);
  const extremes = inputs.flatMap((input) => weights.map((weight) => input * weight * products));
  const [start, end] = bias === undefined || bias.bits === 0 ? [0, 0] : integers(bias.bits, bias.signed, false);
  const [least, greatest] = [Math.min(...extremes) + start, Math.max(...extremes) + end];
  return least < 0 ? 1 + bitsFor(Math.max(-least, greatest + 1)) : Math.max(1, bitsFor(greatest + 1));
}

/** Least and greatest integer of a type. A signed bit has no zero: it is ±1. */
function integers(bits: number, signed: boolean, narrow: boolean): readonly [number, number] {
  if (bits === 1 && signed) return [-1, 1];
  const { min, max } = integerRange(bits, signed, narrow && signed);
  return [min, max];
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
    inputSigned: isSigned(inputType),
    weightBits: bitWidth(weightType),
    weightSigned: isSigned(weightType),
    narrowWeights: isNarrow(graph, weight),
    products,
    ...(bias !== "" && {
      bias: { bits: isIntegerLike(biasType) ? bitWidth(biasType) : 0, signed: isSigned(biasType) },
    }),
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
