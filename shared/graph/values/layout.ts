/** Values of operators that pick and arrange elements of constants, and of Shape, Constant and ConstantOfShape. */
import { numberAttribute, numbersAttribute, tensorAttribute } from "../attributes.js";
import { elementCount, type GraphNode, type Shape, type Tensor } from "../graph.js";
import { sliceRanges } from "../shapes/indexing.js";
import { normalizeAxis } from "../shapes/shape-rule.js";
import { broadcastIndex, fillValue, hasValue, rowMajorStrides, type TensorValue } from "./tensor-value.js";

/** The same elements in the same order under another shape: ops that change no count of anything. */
export const reshapingOps: ReadonlySet<string> = new Set(["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"]);

/** The value of a layout node whose output has this shape; `undefined` when the op is none that is evaluated. */
export function evaluateLayout(node: GraphNode, inputs: readonly TensorValue[], shape: Shape): TensorValue | undefined {
  const [input] = inputs;
  if (!input) return undefined;
  if (reshapingOps.has(node.opType)) {
    return elementCount(shape) === input.data.length ? { ...input, shape } : undefined;
  }
  switch (node.opType) {
    case "Transpose":
      return transpose(node, input, shape);
    case "Concat":
      return concat(node, inputs, shape);
    case "Slice":
      return slice(node, inputs, shape);
    case "Gather":
      return gather(node, inputs, shape);
    case "Expand": {
      const at = broadcastIndex(input.shape, shape);
      return fillValue(input.elementType, shape, (index) => input.data[at(index)] ?? 0);
    }
    case "ConstantOfShape": {
      const fill = tensorAttribute(node, "value");
      return fillValue(fill?.elementType ?? "float32", shape, () => fill?.data?.[0] ?? 0);
    }
    default:
      return undefined;
  }
}

/** A Constant node's value. */
export function evaluateConstant(node: GraphNode): TensorValue | undefined {
  const tensor = tensorAttribute(node, "value");
  if (tensor) return hasValue(tensor) ? { ...tensor, constant: true } : undefined;
  const whole = numbersAttribute(node, "value_ints");
  if (whole) return fillValue("int64", [whole.length], (index) => whole[index] ?? 0);
  const floats = numbersAttribute(node, "value_floats");
  if (floats) return fillValue("float32", [floats.length], (index) => floats[index] ?? 0);
  const elementType = "value_int" in node.attributes ? "int64" : "float32";
  const scalar = node.attributes.value_int ?? node.attributes.value_float;
  return typeof scalar === "number" ? fillValue(elementType, [], () => scalar) : undefined;
}

/** The value of a Shape or Size node: its input's shape need only be known, not its elements. */
export function evaluateShape(node: GraphNode, input: Tensor | undefined): TensorValue | undefined {
  const shape = input?.shape;
  if (!shape) return undefined;
  if (node.opType === "Size") return fillValue("int64", [], () => elementCount(shape));
  const part = shape.slice(numberAttribute(node, "start", 0), numberAttribute(node, "end", shape.length));
  return fillValue("int64", [part.length], (index) => part[index] ?? 0);
}

function transpose(node: GraphNode, input: TensorValue, shape: Shape): TensorValue {
  const permutation = numbersAttribute(node, "perm") ?? shape.map((_, axis) => shape.length - 1 - axis);
  const from = rowMajorStrides(input.shape);
  const to = rowMajorStrides(shape);
  const axes = shape.map((size, axis) => ({ size, to: to[axis] ?? 1, from: from[permutation[axis] ?? axis] ?? 1 }));
  return fillValue(input.elementType, shape, (index) => {
    let source = 0;
    for (const axis of axes) source += (Math.floor(index / axis.to) % axis.size) * axis.from;
    return input.data[source] ?? 0;
  });
}

function concat(node: GraphNode, inputs: readonly TensorValue[], shape: Shape): TensorValue | undefined {
  const [first] = inputs;
  const axis = normalizeAxis(numberAttribute(node, "axis", 1), shape.length);
  if (!first || axis === undefined) return undefined;
  const inner = elementCount(shape.slice(axis + 1));
  const rows = inputs.map((input) => (input.shape[axis] ?? 0) * inner);
  const row = rows.reduce((sum, length) => sum + length, 0);
  return fillValue(first.elementType, shape, (index) => {
    let offset = index % row;
    let part = 0;
    while (offset >= (rows[part] ?? row)) offset -= rows[part++] ?? row;
    return inputs[part]?.data[Math.floor(index / row) * (rows[part] ?? 0) + offset] ?? 0;
  });
}

function slice(node: GraphNode, inputs: readonly TensorValue[], shape: Shape): TensorValue | undefined {
  const [input] = inputs;
  const ranges = input && sliceRanges(node, input.shape, inputs);
  if (!ranges) return undefined;
  const from = rowMajorStrides(input.shape);
  const to = rowMajorStrides(shape);
  const axes = shape.map((size, axis) => {
    const range = ranges.find((candidate) => candidate.axis === axis) ?? { start: 0, step: 1 };
    return { size, to: to[axis] ?? 1, from: from[axis] ?? 1, start: range.start, step: range.step };
  });
  return fillValue(input.elementType, shape, (index) => {
    let source = 0;
    for (const axis of axes) {
      source += (axis.start + (Math.floor(index / axis.to) % axis.size) * axis.step) * axis.from;
    }
    return input.data[source] ?? 0;
  });
}

function gather(node: GraphNode, [input, indices]: readonly TensorValue[], shape: Shape): TensorValue | undefined {
  const axis = input && normalizeAxis(numberAttribute(node, "axis", 0), input.shape.length);
  if (!input || !indices || axis === undefined) return undefined;
  const size = input.shape[axis] ?? 0;
  const inner = elementCount(input.shape.slice(axis + 1));
  const picks = indices.data.length;
  return fillValue(input.elementType, shape, (index) => {
    const outer = Math.floor(index / (picks * inner));
    const pick = indices.data[Math.floor(index / inner) % picks] ?? 0;
    return input.data[(outer * size + (pick < 0 ? pick + size : pick)) * inner + (index % inner)] ?? 0;
  });
}
