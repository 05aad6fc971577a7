/** Batch normalisation and dropout. */
import {
  addLayerNode,
  addParameter,
  beginLayer,
  checkFeatures,
  endLayer,
  firstInput,
  nameField,
  reshapedTo,
  type LayerOptions,
} from "./layer.js";
import { finite, integer, optional, readOptions, type FieldsOf } from "./options.js";
import { enter, type Site } from "./session.js";
import type { Tensor } from "./tensor.js";

/** Options of `batchNorm1d` and `batchNorm2d`. */
export interface BatchNormOptions extends LayerOptions {
  /** Added to the variance before the root. Default 1e-5 (PyTorch's). */
  eps?: number;
  /** Weight of a new batch in the running mean and variance, in PyTorch's sense. Default 0.1. */
  momentum?: number;
  /** Channels that the input is expected to have; reported when it has others. Default: not checked. */
  numFeatures?: number;
}

/** Options of `dropout`. */
export interface DropoutOptions extends LayerOptions {
  /** Probability that an element is set to 0 in training. Default 0.5 (PyTorch's). */
  p?: number;
}

const batchNormFields = {
  name: nameField,
  eps: optional(
    finite("a number above 0", 1e-5, (value) => value > 0),
    1e-5,
  ),
  momentum: optional(
    finite("a number from 0 to 1", 0.1, (value) => value >= 0 && value <= 1),
    0.1,
  ),
  numFeatures: optional(integer(1, 1), undefined),
} satisfies FieldsOf<BatchNormOptions>;

const dropoutFields = {
  name: nameField,
  p: optional(
    finite("a number from 0 to below 1", 0.5, (value) => value >= 0 && value < 1),
    0.5,
  ),
} satisfies FieldsOf<DropoutOptions>;

/**
 * Batch normalisation per channel, PyTorch's `BatchNorm1d`. Input (N, C) or (N, C, L), shape kept.
 *
 * Its output is FLOAT32 until it is quantised, so it stands between a MAC and its activation's quantiser. Costs nothing
 * in the score: hardware absorbs it in thresholds. Running variance is unbiased, as in PyTorch.
 */
export function batchNorm1d(x: Tensor, options?: BatchNormOptions): Tensor {
  return batchNorm(enter("batchNorm1d"), x, options, {
    ranks: [2, 3],
    expected: "an input of shape (N, C) or (N, C, L)",
  });
}

/** Batch normalisation per channel, PyTorch's `BatchNorm2d`. Input (N, C, H, W), shape kept. See `batchNorm1d`. */
export function batchNorm2d(x: Tensor, options?: BatchNormOptions): Tensor {
  return batchNorm(enter("batchNorm2d"), x, options, { ranks: [4], expected: "an input of shape (N, C, H, W)" });
}

/**
 * Dropout, PyTorch's `Dropout`: in training only, so it leaves no node in the graph and costs nothing.
 * Any shape, which is kept.
 */
export function dropout(x: Tensor, options?: DropoutOptions): Tensor {
  const site = enter("dropout");
  const given = readOptions(site, options, dropoutFields);
  const layer = beginLayer({ site, base: "dropout", name: given.name, inputs: [x] });
  return endLayer(layer, { ...firstInput(layer), dropout: layer.index }, given);
}

interface Ranks {
  readonly ranks: readonly number[];
  readonly expected: string;
}

function batchNorm(site: Site, x: unknown, options: unknown, { ranks, expected }: Ranks): Tensor {
  const given = readOptions(site, options, batchNormFields);
  const layer = beginLayer({ site, base: "norm", name: given.name, inputs: [x] });
  const first = firstInput(layer);
  const input = ranks.includes(first.shape.length) ? first : reshapedTo(layer, first, ranks.at(-1) ?? 3, expected);
  const channels = input.shape[1] ?? 1;
  checkFeatures(layer, "numFeatures", given.numFeatures, channels);
  const parameters = ["weight", "bias", "running_mean", "running_var"].map((name) =>
    addParameter(layer, name, [channels]),
  );
  const output = addLayerNode(layer, {
    opType: "BatchNormalization",
    inputs: [input, ...parameters],
    // ONNX's momentum is the weight of the old value, PyTorch's that of the new one.
    attributes: { epsilon: given.eps, momentum: 1 - given.momentum },
  });
  return endLayer(layer, output, given);
}
