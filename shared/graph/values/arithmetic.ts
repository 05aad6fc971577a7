/** Values of element-wise operators on constants. Float results are rounded to the element type, as in ONNX Runtime. */
import { numberAttribute } from "../attributes.js";
import type { GraphNode, Shape } from "../graph.js";
import { broadcastShapes } from "../shapes/shape-rule.js";
import { castType } from "./element-types.js";
import { roundHalfToEven } from "./rounding.js";
import { broadcastIndex, fillValue, isIntegerType, type TensorValue } from "./tensor-value.js";

const unary: ReadonlyMap<string, (x: number) => number> = new Map([
  ["Abs", Math.abs],
  ["Ceil", Math.ceil],
  ["Exp", Math.exp],
  ["Floor", Math.floor],
  ["Identity", (x: number) => x],
  ["Log", Math.log],
  ["Neg", (x: number) => -x],
  ["Reciprocal", (x: number) => 1 / x],
  ["Relu", (x: number) => Math.max(x, 0)],
  ["Round", roundHalfToEven],
  ["Sigmoid", (x: number) => 1 / (1 + Math.exp(-x))],
  ["Sign", Math.sign],
  ["Sqrt", Math.sqrt],
  ["Tanh", Math.tanh],
]);

type BinaryOperation = (a: number, b: number) => number;

const binary: ReadonlyMap<string, BinaryOperation> = new Map<string, BinaryOperation>([
  ["Add", (a, b) => a + b],
  ["Sub", (a, b) => a - b],
  ["Mul", (a, b) => a * b],
  ["Div", (a, b) => a / b],
  ["Pow", Math.pow],
  ["Min", Math.min],
  ["Max", Math.max],
]);

const comparison: ReadonlyMap<string, BinaryOperation> = new Map<string, BinaryOperation>([
  ["Equal", (a, b) => Number(a === b)],
  ["Greater", (a, b) => Number(a > b)],
  ["Less", (a, b) => Number(a < b)],
]);

/** The value of an element-wise node, or `undefined` when the op is none that is evaluated. */
export function evaluateElementwise(node: GraphNode, inputs: readonly TensorValue[]): TensorValue | undefined {
  const [first, second] = inputs;
  if (!first) return undefined;
  const single = unary.get(node.opType);
  if (single) return fillValue(first.elementType, first.shape, (index) => single(first.data[index] ?? 0));
  if (node.opType === "Cast") return evaluateCast(node, first);
  if (node.opType === "Clip") return evaluateClip(node, inputs);
  if (!second) return undefined;
  const pair = binary.get(node.opType);
  if (pair) {
    // Integer division truncates towards zero.
    const whole = node.opType === "Div" && isIntegerType(first.elementType);
    return combine(first, second, whole ? (a, b) => Math.trunc(a / b) : pair);
  }
  const compare = comparison.get(node.opType);
  return compare && { ...combine(first, second, compare), elementType: "bool" };
}

function combine(a: TensorValue, b: TensorValue, operation: BinaryOperation): TensorValue {
  const shape: Shape = broadcastShapes(a.shape, b.shape).shape;
  const left = broadcastIndex(a.shape, shape);
  const right = broadcastIndex(b.shape, shape);
  return fillValue(a.elementType, shape, (index) => operation(a.data[left(index)] ?? 0, b.data[right(index)] ?? 0));
}

function evaluateCast(node: GraphNode, input: TensorValue): TensorValue | undefined {
  const elementType = castType(numberAttribute(node, "to", 0));
  if (elementType === undefined) return undefined;
  const whole = isIntegerType(elementType);
  return fillValue(elementType, input.shape, (index) => {
    const x = input.data[index] ?? 0;
    if (elementType === "bool") return Number(x !== 0);
    return whole ? Math.trunc(x) : x;
  });
}

function evaluateClip(node: GraphNode, [input, low, high]: readonly TensorValue[]): TensorValue | undefined {
  if (!input) return undefined;
  const min = low?.data[0] ?? numberAttribute(node, "min", -Infinity);
  const max = high?.data[0] ?? numberAttribute(node, "max", Infinity);
  return fillValue(input.elementType, input.shape, (index) => Math.min(Math.max(input.data[index] ?? 0, min), max));
}
