/** Shapes of operators that work element by element. */
import type { Shape } from "../graph.js";
import { broadcastShapes, fullShape, known, mismatch, noProblems, unknown, type ShapeRule } from "./shape-rule.js";

/** The first input's shape; further outputs (a Dropout's mask) have it too. */
export const sameShape: ShapeRule = (node, inputs) => {
  const shape = inputs[0]?.shape;
  return { value: node.outputs.length === 1 ? [shape] : node.outputs.map(() => shape), problems: noProblems };
};

/** Input (N, C, ...) with one scale, bias, mean and variance per channel. */
export const batchNormShape: ShapeRule = (node, inputs) => {
  const [input] = inputs;
  if (!input?.shape) return unknown;
  const channels = input.shape[1] ?? input.shape[0];
  const value = [input.shape];
  const wrong = inputs.find((parameter, at) => at > 0 && parameter?.shape && parameter.shape[0] !== channels);
  if (!wrong?.shape) return { value, problems: noProblems };
  const problem = `${node.opType} has parameters for ${fullShape(wrong.shape)} channels, but its input ${fullShape(input.shape)} has ${channels}; make them equal.`;
  return { value, problems: [problem] };
};

/** Add, Sub, Mul, Div, Pow, comparisons, Where, Min, Max, Sum, Mean: all inputs broadcast together. */
export const broadcastShape: ShapeRule = (node, inputs) => {
  let result: Shape = [];
  for (const input of inputs) {
    if (!input?.shape) return unknown;
    const { shape, clashes } = broadcastShapes(result, input.shape);
    const [clash] = clashes;
    if (clash !== undefined) {
      const sizes = `${result[result.length - 1 - clash]} and ${input.shape[input.shape.length - 1 - clash]}`;
      return mismatch(
        `${node.opType} cannot combine ${fullShape(result)} and ${fullShape(input.shape)}: dimension ${shape.length - 1 - clash} is ${sizes}; make both equal, or one of them 1.`,
        shape,
      );
    }
    result = shape;
  }
  return known(result);
};
