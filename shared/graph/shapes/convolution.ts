/** Shapes of Conv, ConvTranspose and the pooling operators. Layout is N, C, then the spatial dimensions. */
import { numberAttribute } from "../attributes.js";
import type { GraphNode, Shape } from "../graph.js";
import { fullShape, known, mismatch, unknown, type ShapeResult, type ShapeRule } from "./shape-rule.js";
import { slide, slideTransposed, windowOf } from "./windows.js";

/** Input (N, C, ...), weight (M, C / group, kernel...): output (N, M, ...). */
export const convShape: ShapeRule = (node, [input, weight]) => {
  if (!input?.shape || !weight?.shape) return unknown;
  const { shape } = input;
  const rankProblem = checkRank(node, shape, weight.shape);
  if (rankProblem) return rankProblem;
  const [batch = 1, channels = 1] = shape;
  const [filters = 1, channelsPerGroup = 1] = weight.shape;
  const spatial = shape.slice(2);
  const sizes = slide(windowOf(node, spatial.length, weight.shape.slice(2)), spatial);
  const result = [batch, filters, ...sizes];
  const group = numberAttribute(node, "group", 1);
  if (channels !== channelsPerGroup * group) {
    const expected = channelsPerGroup * group;
    return mismatch(
      `${node.opType} with weight ${fullShape(weight.shape)} and group ${group} expects ${expected} input channels, but its input ${fullShape(shape)} has ${channels}; change the weight's input channels or the group.`,
      positive(result),
    );
  }
  if (filters % group !== 0) {
    return mismatch(
      `${node.opType} cannot divide its ${filters} output channels into ${group} groups; choose a group that divides them.`,
      positive(result),
    );
  }
  return fitting(node, shape, result);
};

/** Input (N, C, ...), weight (C, M / group, kernel...): output (N, M, ...). */
export const convTransposeShape: ShapeRule = (node, [input, weight]) => {
  if (!input?.shape || !weight?.shape) return unknown;
  const { shape } = input;
  const rankProblem = checkRank(node, shape, weight.shape);
  if (rankProblem) return rankProblem;
  const [batch = 1, channels = 1, ...spatial] = shape;
  const [inChannels = 1, filtersPerGroup = 1, ...kernel] = weight.shape;
  const sizes = slideTransposed(node, windowOf(node, spatial.length, kernel), spatial);
  const result = [batch, filtersPerGroup * numberAttribute(node, "group", 1), ...sizes];
  if (channels !== inChannels) {
    return mismatch(
      `${node.opType} with weight ${fullShape(weight.shape)} expects ${inChannels} input channels, but its input ${fullShape(shape)} has ${channels}; change the weight's input channels.`,
      positive(result),
    );
  }
  return fitting(node, shape, result);
};

/** MaxPool and AveragePool; MaxPool's second output (indices) has the same shape. */
export const poolShape: ShapeRule = (node, [input]) => {
  if (!input?.shape) return unknown;
  const { shape } = input;
  if (shape.length < 3) {
    return mismatch(
      `${node.opType} expects an input of rank 3 or more (batch, channels, positions), but found ${fullShape(shape)}; reshape it first.`,
      shape,
    );
  }
  const [batch = 1, channels = 1, ...spatial] = shape;
  const pooled = fitting(node, shape, [batch, channels, ...slide(windowOf(node, spatial.length), spatial)]);
  return { ...pooled, value: node.outputs.map(() => pooled.value[0]) };
};

/** GlobalMaxPool, GlobalAveragePool, GlobalLpPool: every spatial dimension becomes 1. */
export const globalPoolShape: ShapeRule = (_node, [input]) => {
  if (!input?.shape) return unknown;
  return known(input.shape.map((size, axis) => (axis < 2 ? size : 1)));
};

function checkRank(node: GraphNode, input: Shape, weight: Shape): ShapeResult | undefined {
  if (input.length >= 3 && weight.length === input.length) return undefined;
  return mismatch(
    `${node.opType} with weight ${fullShape(weight)} expects an input of rank ${weight.length} (batch, channels, positions), but found ${fullShape(input)}; reshape it first.`,
  );
}

/** Refuses sizes below 1: the window is larger than what it slides over. */
function fitting(node: GraphNode, input: Shape, result: Shape): ShapeResult {
  if (result.every((size) => Number.isInteger(size) && size >= 1)) return known(result);
  return mismatch(
    `${node.opType} does not fit: its window is larger than its padded input ${fullShape(input)}, or its kernel, strides, dilations or pads are not whole numbers; use a smaller kernel or more padding.`,
    positive(result),
  );
}

function positive(shape: Shape): Shape {
  return shape.map((size) => (size >= 1 ? Math.floor(size) : 1));
}
