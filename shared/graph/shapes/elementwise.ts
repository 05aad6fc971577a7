/** Shapes of operators that work element by element. */
import type { Shape } from "../graph.js";
import { broadcastShapes, fullShape, known, mismatch, unknown, type ShapeRule } from "./shape-rule.js";

/** The first input's shape; further outputs (a Dropout's mask) have it too. */
export const sameShape: ShapeRule = (node, [input]) => ({ value: node.outputs.map(() => input?.shape), problems: [] });

/** Input (N, C, ...) with one scale, bias, mean and variance per channel. */
export const batchNormShape: ShapeRule = (node, [input, ...parameters]) => {
  if (!input?.shape) return unknown;
  const channels = input.shape[1] ?? input.shape[0];
  const value = node.outputs.map((_, index) => (index === 0 ? input.shape : undefined));
  const wrong = parameters.find((parameter) => parameter?.shape && parameter.shape[0] !== channels);
  if (!wrong?.shape) return { value, problems: [] };
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
