/** Values of nodes on constants: what constant folding and the evaluation of shape computations need. */
import { elementCount, type GraphNode, type Shape, type Tensor } from "./graph.js";
import { inferNodeShapes } from "./shapes/node-shapes.js";
import { evaluateElementwise } from "./values/arithmetic.js";
import { evaluateConstant, evaluateLayout, evaluateShape } from "./values/layout.js";
import { evaluateQuantizer } from "./values/quantizers.js";
import { hasValue, type TensorValue } from "./values/tensor-value.js";

/**
 * The outputs of a node as constants with data, under the node's output names; `undefined` when an input's value is
 * not known or the op is none that is evaluated. All ops that are evaluated have one output.
 */
export function evaluateNode(node: GraphNode, inputs: readonly (Tensor | undefined)[]): readonly Tensor[] | undefined {
  const [name] = node.outputs;
  if (name === undefined || node.outputs.length > 1) return undefined;
  const value = valueOf(node, inputs);
  // A value that has its name already may be one that is not made yet, which a copy would make.
  return value && [value.name === name ? value : { ...value, name, constant: true }];
}

/** A few bytes of a file can ask for any number of elements (Expand, a product of a row and a column). */
const largestGrowth = 2 ** 20;

function valueOf(node: GraphNode, inputs: readonly (Tensor | undefined)[]): TensorValue | undefined {
  if (node.opType === "Constant") return evaluateConstant(node);
  if (node.opType === "Shape" || node.opType === "Size") return evaluateShape(node, inputs[0]);
  if (!inputs.every(hasValue)) return undefined;
  const { value, problems } = inferNodeShapes(node, inputs);
  const [shape] = value;
  if (shape === undefined || problems.length > 0 || !isReasonable(shape, inputs)) return undefined;
  return evaluateQuantizer(node, inputs) ?? evaluateElementwise(node, inputs) ?? evaluateLayout(node, inputs, shape);
}

function isReasonable(shape: Shape, inputs: readonly TensorValue[]): boolean {
  const given = inputs.reduce((sum, { data }) => sum + data.length, 0);
  const valid = shape.every((size) => Number.isInteger(size) && size >= 0);
  return valid && elementCount(shape) <= Math.max(given, largestGrowth);
}
