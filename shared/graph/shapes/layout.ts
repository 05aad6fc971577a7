/** Shapes of operators that keep the elements and arrange them anew: Reshape, Flatten, Transpose, Concat, Squeeze, Unsqueeze. */
import { numberAttribute, numbersAttribute } from "../attributes.js";
import { elementCount, type GraphNode, type Shape, type Tensor } from "../graph.js";
import {
  fullShape,
  integerValues,
  known,
  mismatch,
  normalizeAxis,
  unknown,
  type ShapeResult,
  type ShapeRule,
} from "./shape-rule.js";

/** Everything before `axis` becomes the rows, the rest the columns. */
export const flattenShape: ShapeRule = (node, [input]) => {
  if (!input?.shape) return unknown;
  const { shape } = input;
  const axis = numberAttribute(node, "axis", 1);
  const split = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(split) || split < 0 || split > shape.length) {
    return outside(node, axis, shape, [1, elementCount(shape)]);
  }
  return known([elementCount(shape.slice(0, split)), elementCount(shape.slice(split))]);
};

/** 0 keeps the input's dimension (unless `allowzero`), -1 is what is left over. */
export const reshapeShape: ShapeRule = (node, [input, target]) => {
  const wanted = integerValues(target) ?? numbersAttribute(node, "shape");
  if (!wanted) return unknown;
  const keepZero = numberAttribute(node, "allowzero", 0) === 1;
  const { shape } = input ?? {};
  if (!shape) return wanted.every((size) => size > 0 || (keepZero && size === 0)) ? known(wanted) : unknown;
  const sizes = wanted.map((size, axis) => (size === 0 && !keepZero ? (shape[axis] ?? 1) : size));
  const rest = sizes.indexOf(-1);
  const product = elementCount(sizes.filter((_, axis) => axis !== rest));
  const total = elementCount(shape);
  const left = product === 0 ? 0 : total / product;
  const result = sizes.map((size, axis) => (axis === rest ? Math.max(1, Math.floor(left)) : size));
  if (rest >= 0 ? !Number.isInteger(left) : product !== total) {
    return mismatch(
      `${node.opType} cannot arrange the ${total} elements of ${fullShape(shape)} as ${fullShape(wanted)}; choose dimensions whose product is ${total}.`,
      result,
    );
  }
  return known(result);
};

/** `perm` names the input axis at each place; without it the axes are reversed. */
export const transposeShape: ShapeRule = (node, [input]) => {
  if (!input?.shape) return unknown;
  const { shape } = input;
  const permutation = numbersAttribute(node, "perm") ?? shape.map((_, axis) => shape.length - 1 - axis);
  const sorted = permutation.toSorted((a, b) => a - b);
  if (sorted.length !== shape.length || sorted.some((axis, position) => axis !== position)) {
    return mismatch(
      `${node.opType} expects a permutation of the ${shape.length} axes of ${fullShape(shape)}, but found [${permutation.join(", ")}].`,
      shape,
    );
  }
  return known(permutation.map((axis) => shape[axis] ?? 1));
};

/** Equal shapes except along `axis`, where the sizes add up. */
export const concatShape: ShapeRule = (node, inputs) => {
  const shapes: Shape[] = [];
  for (const input of inputs) {
    if (!input?.shape) return unknown;
    shapes.push(input.shape);
  }
  const [first] = shapes;
  if (!first) return unknown;
  const axis = normalizeAxis(numberAttribute(node, "axis", 1), first.length);
  if (axis === undefined) return outside(node, numberAttribute(node, "axis", 1), first, first);
  const total = shapes.reduce((sum, shape) => sum + (shape[axis] ?? 0), 0);
  const result = first.with(axis, total);
  const odd = shapes.find(
    (shape) => shape.length !== first.length || shape.some((size, at) => at !== axis && size !== first[at]),
  );
  if (odd) {
    return mismatch(
      `${node.opType} cannot join ${fullShape(first)} and ${fullShape(odd)} along axis ${axis}: all other dimensions must be equal.`,
      result,
    );
  }
  return known(result);
};

/** Dimensions of size 1 are taken out: those named, or all of them. */
export const squeezeShape: ShapeRule = (node, [input, axesInput]) => {
  if (!input?.shape) return unknown;
  const { shape } = input;
  const axes = axesOf(node, axesInput);
  if (axes === "unknown") return unknown;
  const named = axes?.map((axis) => normalizeAxis(axis, shape.length));
  const kept = shape.filter((size, axis) => (named ? !named.includes(axis) : size !== 1));
  const wrong = named?.find((axis) => axis === undefined || shape[axis] !== 1);
  if (named && (wrong !== undefined || named.includes(undefined))) {
    return mismatch(
      `${node.opType} can only take out dimensions of size 1, but ${fullShape(shape)} has others at axes [${axes?.join(", ") ?? ""}].`,
      kept,
    );
  }
  return known(kept);
};

/** Dimensions of size 1 are put in, at the axes of the result. */
export const unsqueezeShape: ShapeRule = (node, [input, axesInput]) => {
  if (!input?.shape) return unknown;
  const { shape } = input;
  const axes = axesOf(node, axesInput);
  if (axes === undefined || axes === "unknown") return unknown;
  const rank = shape.length + axes.length;
  const places = new Set(axes.map((axis) => normalizeAxis(axis, rank)));
  if (places.has(undefined) || places.size !== axes.length) {
    return mismatch(
      `${node.opType} expects distinct axes within rank ${rank}, but found [${axes.join(", ")}] for ${fullShape(shape)}.`,
    );
  }
  const rest = shape[Symbol.iterator]();
  return known(Array.from({ length: rank }, (_, axis) => (places.has(axis) ? 1 : (rest.next().value ?? 1))));
};

/** Axes as an attribute (before opset 13) or as a constant input; "unknown" when the input's values are not known. */
export function axesOf(node: GraphNode, input: Tensor | undefined): readonly number[] | "unknown" | undefined {
  if (input) return integerValues(input) ?? "unknown";
  return numbersAttribute(node, "axes");
}

function outside(node: GraphNode, axis: number, shape: Shape, guess: Shape): ShapeResult {
  return mismatch(
    `${node.opType} has axis ${axis}, which ${fullShape(shape)} does not have; use one from ${-shape.length} to ${shape.length - 1}.`,
    guess,
  );
}
