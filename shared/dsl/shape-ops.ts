/** Layers that only rearrange: `flatten`, `reshape`, `transpose`, `concat`, `pad`, `upsample`. */
import { elementCount, type Shape } from "../graph/graph.js";
import type { Value } from "./builder.js";
import type { PerAxis2d } from "./window.js";
import { describe } from "./describe.js";
import {
  addFloats,
  addIntegers,
  addLayerNode,
  beginLayer,
  endLayer,
  firstInput,
  formatShape,
  nameField,
  reportLayer,
  tensorList,
  type LayerDraft,
  type LayerOptions,
} from "./layer.js";
import {
  finite,
  integer,
  listOf,
  oneOf,
  optional,
  readValue,
  readOptions,
  type Field,
  type FieldsOf,
} from "./options.js";
import { enter } from "./session.js";
import type { Tensor } from "./tensor.js";

/** Options of `flatten`. */
export interface FlattenOptions extends LayerOptions {
  /** First dimension to join; negative counts from the end. Default 1: the batch stays. */
  startDim?: number;
  /** Last dimension to join; negative counts from the end. Default -1: the last. */
  endDim?: number;
}

/** Options of `concat`. */
export interface ConcatOptions extends LayerOptions {
  /** The dimension along which the tensors are put together; negative counts from the end. Default 1, the channels. */
  dim?: number;
}

/** Options of `pad`. */
export interface PadOptions extends LayerOptions {
  /** Positions added on both sides of every spatial dimension, or in PyTorch's order `[left, right, top, bottom]`. */
  padding: number | readonly number[];
  /** What is added: `value`, or the input mirrored or repeated at its edges. Default `"constant"`. */
  mode?: "constant" | "reflect" | "replicate";
  /** The added value with mode `"constant"`. Default 0. */
  value?: number;
}

/** Options of `upsample`. */
export interface UpsampleOptions extends LayerOptions {
  /** Factor for every spatial dimension, or one for each; at least 1. */
  scaleFactor: number | PerAxis2d;
  /** Repeat the nearest position, or interpolate linearly (PyTorch's `"bilinear"` for 2-D). Default `"nearest"`. */
  mode?: "nearest" | "linear";
}

const anyInteger = integer(-(2 ** 31), 0);
const nameFields = { name: nameField } satisfies FieldsOf<LayerOptions>;

const flattenFields = {
  name: nameField,
  startDim: optional(anyInteger, 1),
  endDim: optional(anyInteger, -1),
} satisfies FieldsOf<FlattenOptions>;

const concatFields = { name: nameField, dim: optional(anyInteger, 1) } satisfies FieldsOf<ConcatOptions>;

const zeroOrMore = integer(0, 0);
const paddingField: Field<number | readonly number[]> = {
  expects: "a whole number of at least 0, or a list of them (left, right, top, bottom)",
  parse: (value, site, name) =>
    zeroOrMore.parse(value, site, name) ?? listOf(zeroOrMore, "", 2).parse(value, site, name),
  required: true,
  guess: 0,
};

const padFields = {
  name: nameField,
  padding: paddingField,
  mode: optional(oneOf(["constant", "reflect", "replicate"], "constant"), "constant" as const),
  value: optional(finite("a finite number", 0), 0),
} satisfies FieldsOf<PadOptions>;

const factor = finite("a number from 1 to 1024", 1, (value) => value >= 1 && value <= 1024);
const factorField: Field<number | readonly number[]> = {
  expects: "a number from 1 to 1024, or a list of one per spatial dimension",
  parse: (value, site, name) => factor.parse(value, site, name) ?? listOf(factor, "").parse(value, site, name),
  required: true,
  guess: 1,
};

const upsampleFields = {
  name: nameField,
  scaleFactor: factorField,
  mode: optional(oneOf(["nearest", "linear"], "nearest"), "nearest" as const),
} satisfies FieldsOf<UpsampleOptions>;

/**
 * Joins dimensions, PyTorch's `Flatten`: (N, C, L) becomes (N, C * L). Keeps the data type; costs nothing.
 */
export function flatten(x: Tensor, options?: FlattenOptions): Tensor {
  const site = enter("flatten");
  const given = readOptions(site, options, flattenFields);
  const layer = beginLayer({ site, base: "flatten", name: given.name, inputs: [x] });
  const input = firstInput(layer);
  const { shape } = input;
  const start = axisOf(layer, given.startDim, shape, "startDim");
  const end = axisOf(layer, given.endDim, shape, "endDim");
  if (start > end) {
    reportLayer(
      layer,
      "invalid-option",
      `has startDim ${given.startDim}, which is behind endDim ${given.endDim}; exchange them.`,
      ["startDim"],
    );
  }
  const joined = [...shape.slice(0, start), elementCount(shape.slice(start, end + 1)), ...shape.slice(end + 1)];
  const output =
    start === 1 && end === shape.length - 1
      ? addLayerNode(layer, { opType: "Flatten", inputs: [input], attributes: { axis: 1 } })
      : reshaped(layer, input, start > end ? shape : joined);
  return endLayer(layer, output, given);
}

/**
 * Arranges the same elements in another shape, PyTorch's `reshape`. Keeps the data type; costs nothing.
 * @param shape New sizes, batch included. One may be -1: what is left over.
 */
export function reshape(x: Tensor, shape: readonly number[], options?: LayerOptions): Tensor {
  const site = enter("reshape");
  const given = readOptions(site, options, nameFields);
  const layer = beginLayer({ site, base: "reshape", name: given.name, inputs: [x] });
  const input = firstInput(layer);
  const size: Field<number> = integer(-1, 1);
  const sizes = readValue(site, 1, "shape", shape, {
    ...listOf(size, "a list of sizes of at least 1, one of them may be -1"),
    guess: input.shape,
  });
  const target = fittingShape(layer, input.shape, sizes);
  return endLayer(layer, reshaped(layer, input, target), { ...given, shape: target });
}

/**
 * Reorders dimensions, PyTorch's `permute`: `transpose(x, [0, 2, 1])` makes (N, L, C) of (N, C, L). Keeps the data
 * type; costs nothing.
 * @param dims For each dimension of the result, the input's dimension that it is. Every one exactly once.
 */
export function transpose(x: Tensor, dims: readonly number[], options?: LayerOptions): Tensor {
  const site = enter("transpose");
  const given = readOptions(site, options, nameFields);
  const layer = beginLayer({ site, base: "transpose", name: given.name, inputs: [x] });
  const input = firstInput(layer);
  const same = input.shape.map((_, axis) => axis);
  const list = readValue(site, 1, "dims", dims, {
    ...listOf(anyInteger, "a list of dimensions such as [0, 2, 1]"),
    guess: same,
  });
  const positive = list.map((axis) => (axis < 0 ? axis + same.length : axis));
  const axes = new Set(positive);
  const complete = positive.length === same.length && same.every((axis) => axes.has(axis));
  if (!complete) {
    const found = `expects each dimension of ${formatShape(input.shape)} once, ${same.join(", ")}, but found ${describe(list)}`;
    reportLayer(layer, "shape-mismatch", `${found}; the order is kept.`, [1]);
  }
  const perm = complete ? positive : same;
  const output = addLayerNode(layer, { opType: "Transpose", inputs: [input], attributes: { perm } });
  return endLayer(layer, output, { ...given, dims: perm });
}

/**
 * Puts tensors together along a dimension, PyTorch's `cat`; all other sizes must be equal. Costs nothing.
 *
 * Its output is FLOAT32 to finn-base, and to qonnx has the first tensor's type, so the branches should share a
 * quantiser, or the result be quantised again.
 */
export function concat(tensors: readonly Tensor[], options?: ConcatOptions): Tensor {
  const site = enter("concat");
  const given = readOptions(site, options, concatFields);
  const layer = beginLayer({ site, base: "concat", name: given.name, inputs: tensorList(tensors) });
  const first = firstInput(layer);
  const axis = axisOf(layer, given.dim, first.shape, "dim");
  const odd = layer.inputs.find(
    ({ shape }) =>
      shape.length !== first.shape.length || shape.some((size, at) => at !== axis && size !== first.shape[at]),
  );
  if (odd) {
    const pair = `cannot put ${formatShape(first.shape)} and ${formatShape(odd.shape)} together along dimension ${axis}`;
    reportLayer(layer, "shape-mismatch", `${pair}: all other sizes must be equal; the odd one is left out.`, [0]);
  }
  const inputs = layer.inputs.filter(
    ({ shape }) =>
      shape.length === first.shape.length && shape.every((size, at) => at === axis || size === first.shape[at]),
  );
  return endLayer(layer, addLayerNode(layer, { opType: "Concat", inputs, attributes: { axis } }), given);
}

/** Adds positions around the feature map, PyTorch's `pad`. Input (N, C, L) or (N, C, H, W). FLOAT32 to finn-base; costs nothing there. */
export function pad(x: Tensor, options: PadOptions): Tensor {
  const site = enter("pad");
  const given = readOptions(site, options, padFields);
  const layer = beginLayer({ site, base: "pad", name: given.name, inputs: [x] });
  const input = firstInput(layer);
  const pads = onnxPads(layer, input.shape, given.padding);
  const mode = given.mode === "replicate" ? "edge" : given.mode;
  const output = addLayerNode(layer, {
    opType: "Pad",
    inputs: [input],
    attributes: { mode, pads, value: given.value },
  });
  return endLayer(layer, output, given);
}

/**
 * Makes a feature map larger, PyTorch's `Upsample`. Input (N, C, L) or (N, C, H, W), sizes times `scaleFactor`,
 * rounded down. Nearest costs nothing; linear costs `2 * (dimensions scaled) * positions * C * N` MACs in qonnx's
 * formula, input bits * input bits each.
 */
export function upsample(x: Tensor, options: UpsampleOptions): Tensor {
  const site = enter("upsample");
  const given = readOptions(site, options, upsampleFields);
  const layer = beginLayer({ site, base: "upsample", name: given.name, inputs: [x] });
  const input = firstInput(layer);
  const spatial = Math.max(0, input.shape.length - 2);
  const { scaleFactor, mode } = given;
  const listed = typeof scaleFactor === "number" ? Array.from({ length: spatial }, () => scaleFactor) : scaleFactor;
  if (listed.length !== spatial) {
    const message = `expects scaleFactor to be a number or a list of ${spatial}, one per spatial dimension of ${formatShape(input.shape)}, but found ${describe(scaleFactor)}.`;
    reportLayer(layer, "shape-mismatch", message, ["scaleFactor"]);
  }
  const factors = input.shape.map((_, axis) => (axis < 2 ? 1 : (listed[axis - 2] ?? 1)));
  const scales = addFloats(layer, "scales", [factors.length], factors);
  return endLayer(
    layer,
    addLayerNode(layer, { opType: "Upsample", inputs: [input, scales], attributes: { mode } }),
    given,
  );
}

function reshaped(layer: LayerDraft, input: Value, shape: Shape): Value {
  return addLayerNode(layer, { opType: "Reshape", inputs: [input, addIntegers(layer, "shape", shape)] });
}

/** The target with -1 filled in; one that does not have the input's elements is reported and made flat. */
function fittingShape(layer: LayerDraft, from: Shape, target: Shape): Shape {
  const total = elementCount(from);
  const rest = target.indexOf(-1);
  const product = elementCount(target.filter((_, axis) => axis !== rest));
  const sizes = target.map((size, axis) => (axis === rest ? total / product : size));
  if (sizes.every((size) => Number.isInteger(size) && size >= 1) && elementCount(sizes) === total) return sizes;
  const message = `cannot arrange the ${total} elements of ${formatShape(from)} as ${formatShape(target)}; choose sizes whose product is ${total}.`;
  reportLayer(layer, "shape-mismatch", message, [1]);
  return [1, total];
}

/** A dimension counted from the front; one that the shape does not have is reported and taken as the nearest. */
function axisOf(layer: LayerDraft, axis: number, shape: Shape, option: string): number {
  const positive = axis < 0 ? axis + shape.length : axis;
  const nearest = Math.min(Math.max(positive, 0), Math.max(shape.length - 1, 0));
  if (nearest !== positive) {
    const message = `expects ${option} to be a dimension of ${formatShape(shape)}, ${-shape.length} to ${shape.length - 1}, but found ${axis}.`;
    reportLayer(layer, "invalid-option", message, [option]);
  }
  return nearest;
}

/** ONNX's order: all begins, then all ends. PyTorch's pairs start at the last dimension. */
function onnxPads(layer: LayerDraft, shape: Shape, padding: number | readonly number[]): readonly number[] {
  const spatial = Math.max(0, shape.length - 2);
  if (typeof padding !== "number" && (padding.length % 2 !== 0 || padding.length > 2 * spatial)) {
    const message = `expects padding to be a number or pairs for at most ${spatial} spatial dimensions of ${formatShape(shape)}, but found ${describe(padding)}.`;
    reportLayer(layer, "shape-mismatch", message, ["padding"]);
  }
  const side = (end: 0 | 1) =>
    shape.map((_, axis) => {
      if (axis < 2) return 0;
      return typeof padding === "number" ? padding : (padding[2 * (shape.length - 1 - axis) + end] ?? 0);
    });
  return [...side(0), ...side(1)];
}
