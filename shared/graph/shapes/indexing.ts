/** Shapes of operators that pick, repeat or pad elements: Slice, Gather, Split, Pad, Expand, Tile, Resize, reductions. */
import { numberAttribute, numbersAttribute, stringAttribute } from "../attributes.js";
import type { GraphNode, Shape, Tensor } from "../graph.js";
import { axesOf } from "./layout.js";
import {
  broadcastShapes,
  fullShape,
  integerValues,
  known,
  mismatch,
  normalizeAxis,
  unknown,
  type ShapeRule,
} from "./shape-rule.js";

/** One axis of a slice, made positive and clamped as ONNX says. */
export interface SliceRange {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** The ranges of a Slice node (attributes before opset 10, inputs since); `undefined` when they are not known. */
export function sliceRanges(
  node: GraphNode,
  shape: Shape,
  [, startsInput, endsInput, axesInput, stepsInput]: readonly (Tensor | undefined)[],
): readonly SliceRange[] | undefined {
  const starts = integerValues(startsInput) ?? numbersAttribute(node, "starts");
  const ends = integerValues(endsInput) ?? numbersAttribute(node, "ends");
  const axes = axesOf(node, axesInput) ?? starts?.map((_, position) => position);
  const steps = stepsInput ? integerValues(stepsInput) : starts?.map(() => 1);
  if (!starts || !ends || !axes || axes === "unknown" || !steps) return undefined;
  if (axes.some((axis) => normalizeAxis(axis, shape.length) === undefined)) return undefined;
  return axes.map((rawAxis, position) => {
    const axis = normalizeAxis(rawAxis, shape.length) ?? 0;
    const size = shape[axis] ?? 0;
    const step = steps[position] ?? 1;
    // A negative step walks down from at most the last element to (exclusively) at least before the first.
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (value: number) => Math.min(Math.max(value < 0 ? value + size : value, low), high);
    const start = clamp(starts[position] ?? 0);
    const count = Math.max(0, Math.ceil((clamp(ends[position] ?? size) - start) / step));
    return { axis, start, step, count };
  });
}

export const sliceShape: ShapeRule = (node, inputs) => {
  const shape = inputs[0]?.shape;
  const ranges = shape && sliceRanges(node, shape, inputs);
  if (!ranges) return unknown;
  return known(ranges.reduce<Shape>((result, { axis, count }) => result.with(axis, count), shape));
};

/** The axis is replaced by the shape of the indices. */
export const gatherShape: ShapeRule = (node, [input, indices]) => {
  if (!input?.shape || !indices?.shape) return unknown;
  const { shape } = input;
  const axis = normalizeAxis(numberAttribute(node, "axis", 0), shape.length);
  if (axis === undefined) return mismatch(`${node.opType} has an axis that ${fullShape(shape)} does not have.`);
  return known([...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)]);
};

/** One element per index. */
export const gatherElementsShape: ShapeRule = (_node, [, indices]) => (indices?.shape ? known(indices.shape) : unknown);

/** Sizes from the attribute, the input, or equal parts. */
export const splitShape: ShapeRule = (node, [input, sizesInput]) => {
  const shape = input?.shape;
  const axis = shape && normalizeAxis(numberAttribute(node, "axis", 0), shape.length);
  if (!shape || axis === undefined) return { value: node.outputs.map(() => undefined), problems: [] };
  const part = Math.ceil((shape[axis] ?? 0) / node.outputs.length);
  const sizes = integerValues(sizesInput) ?? numbersAttribute(node, "split");
  const rest = (shape[axis] ?? 0) - part * (node.outputs.length - 1);
  const equal = (index: number) => (index === node.outputs.length - 1 ? rest : part);
  return { value: node.outputs.map((_, index) => shape.with(axis, sizes?.[index] ?? equal(index))), problems: [] };
};

/** Pads as an attribute (`pads`, or `paddings` of opset 1) or as input 1, begins before ends. */
export const padShape: ShapeRule = (node, [input, padsInput, , axesInput]) => {
  if (!input?.shape) return unknown;
  const { shape } = input;
  const pads = integerValues(padsInput) ?? numbersAttribute(node, "pads") ?? numbersAttribute(node, "paddings");
  const axes = axesOf(node, axesInput) ?? shape.map((_, axis) => axis);
  if (!pads || axes === "unknown") return unknown;
  if (pads.length !== 2 * axes.length) {
    return mismatch(
      `${node.opType} expects ${2 * axes.length} pads (begins, then ends) for ${fullShape(shape)}, but found ${pads.length}.`,
      shape,
    );
  }
  const places = axes.map((axis) => normalizeAxis(axis, shape.length));
  return known(
    shape.map((size, axis) => {
      const place = places.indexOf(axis);
      return place < 0 ? size : size + (pads[place] ?? 0) + (pads[place + axes.length] ?? 0);
    }),
  );
};

export const expandShape: ShapeRule = (node, [input, target]) => {
  const wanted = integerValues(target);
  if (!input?.shape || !wanted) return unknown;
  const { shape, clashes } = broadcastShapes(input.shape, wanted);
  if (clashes.length === 0) return known(shape);
  return mismatch(`${node.opType} cannot stretch ${fullShape(input.shape)} to ${fullShape(wanted)}.`, shape);
};

export const tileShape: ShapeRule = (_node, [input, repeats]) => {
  const times = integerValues(repeats);
  if (!input?.shape || !times) return unknown;
  return known(input.shape.map((size, axis) => size * (times[axis] ?? 1)));
};

/** Scales of an Upsample or Resize node per dimension: an attribute before opset 9, input 1, or input 2 since Resize 11. */
export function resizeScales(node: GraphNode, inputs: readonly (Tensor | undefined)[]): readonly number[] | undefined {
  const position = node.opType === "Resize" && inputs.length > 2 ? 2 : 1;
  const scales = integerValues(inputs[position]) ?? numbersAttribute(node, "scales");
  return scales && scales.length > 0 ? scales : undefined;
}

export const resizeShape: ShapeRule = (node, inputs) => {
  const shape = inputs[0]?.shape;
  if (!shape) return unknown;
  const sizes = integerValues(inputs[3]);
  if (sizes?.length === shape.length) return known(sizes);
  const scales = resizeScales(node, inputs);
  if (!scales) return unknown;
  if (scales.length !== shape.length) {
    return mismatch(
      `${node.opType} expects ${shape.length} scales for ${fullShape(shape)}, but found ${scales.length}; give one per dimension, batch and channels included.`,
      shape,
    );
  }
  return known(shape.map((size, axis) => Math.floor(size * (scales[axis] ?? 1))));
};

/** ReduceMean, ReduceSum, ArgMax and the like: the axes become 1, or go away. */
export const reduceShape: ShapeRule = (node, [input, axesInput]) => {
  if (!input?.shape) return unknown;
  const { shape } = input;
  const single = node.opType.startsWith("Arg") ? [numberAttribute(node, "axis", 0)] : undefined;
  const axes = single ?? axesOf(node, axesInput);
  if (axes === "unknown") return unknown;
  const nothing = axes === undefined || axes.length === 0;
  if (nothing && numberAttribute(node, "noop_with_empty_axes", 0) === 1) return known(shape);
  const reduced = nothing ? shape.map((_, axis) => axis) : axes.map((axis) => normalizeAxis(axis, shape.length));
  if (numberAttribute(node, "keepdims", 1) === 1) {
    return known(shape.map((size, axis) => (reduced.includes(axis) ? 1 : size)));
  }
  return known(shape.filter((_, axis) => !reduced.includes(axis)));
};

/** Blocks of positions move to channels or back. */
export const depthSpaceShape: ShapeRule = (node, [input]) => {
  const block = numberAttribute(node, "blocksize", 1);
  if (input?.shape?.length !== 4) return unknown;
  const [batch = 1, channels = 1, height = 1, width = 1] = input.shape;
  return node.opType === "DepthToSpace"
    ? known([batch, Math.floor(channels / block ** 2), height * block, width * block])
    : known([batch, channels * block ** 2, Math.floor(height / block), Math.floor(width / block)]);
};

/** `nearest`, `linear`, ... of an Upsample or Resize node. */
export function resizeMode(node: GraphNode): string {
  return stringAttribute(node, "mode", "nearest");
}
