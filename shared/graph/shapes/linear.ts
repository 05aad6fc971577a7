/** Shapes of MatMul and Gemm. */
import { numberAttribute } from "../attributes.js";
import type { Shape } from "../graph.js";
import { broadcastShapes, fullShape, known, mismatch, unknown, type ShapeRule } from "./shape-rule.js";

/** NumPy's matmul: the last two dimensions multiply, those before broadcast; a vector is a row (left) or a column (right). */
export const matMulShape: ShapeRule = (node, [left, right]) => {
  if (!left?.shape || !right?.shape) return unknown;
  const a = left.shape.length === 1 ? [1, ...left.shape] : left.shape;
  const b = right.shape.length === 1 ? [...right.shape, 1] : right.shape;
  if (a.length < 2 || b.length < 2) {
    return mismatch(
      `${node.opType} cannot multiply scalars; found ${fullShape(left.shape)} and ${fullShape(right.shape)}.`,
    );
  }
  const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
  const rows = left.shape.length === 1 ? [] : a.slice(-2, -1);
  const columns = right.shape.length === 1 ? [] : b.slice(-1);
  const result = [...batch.shape, ...rows, ...columns];
  if (a.at(-1) !== b.at(-2) || batch.clashes.length > 0) {
    return mismatch(
      `${node.opType} cannot multiply ${fullShape(left.shape)} by ${fullShape(right.shape)}: the last dimension of the first must equal the second-last of the second, and the ones before must match.`,
      result,
    );
  }
  return known(result);
};

/** `alpha * A' * B' + beta * C` with A' (M, K) and B' (K, N) after transA / transB: output (M, N). */
export const gemmShape: ShapeRule = (node, [left, right, bias]) => {
  if (!left?.shape || !right?.shape) return unknown;
  if (left.shape.length !== 2 || right.shape.length !== 2) {
    return mismatch(
      `${node.opType} expects two matrices, but found ${fullShape(left.shape)} and ${fullShape(right.shape)}; flatten the input first.`,
    );
  }
  const [m = 1, k] = transposed(left.shape, numberAttribute(node, "transA", 0));
  const [k2, n = 1] = transposed(right.shape, numberAttribute(node, "transB", 0));
  if (k !== k2) {
    return mismatch(
      `${node.opType} expects ${k2} input features, but its input ${fullShape(left.shape)} has ${k}; change the weight ${fullShape(right.shape)} or what is before.`,
      [m, n],
    );
  }
  if (bias?.shape && !stretchesTo(bias.shape, [m, n])) {
    return mismatch(
      `${node.opType} expects a bias that fits ${fullShape([m, n])}, but found ${fullShape(bias.shape)}.`,
      [m, n],
    );
  }
  return known([m, n]);
};

function transposed(shape: Shape, flag: number): Shape {
  return flag === 1 ? shape.toReversed() : shape;
}

function stretchesTo(shape: Shape, target: Shape): boolean {
  const { shape: result, clashes } = broadcastShapes(shape, target);
  return clashes.length === 0 && result.length === target.length && result.every((size, axis) => size === target[axis]);
}
