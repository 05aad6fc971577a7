/** A weight quantiser's scale from the weights themselves, as Brevitas computes it in every forward pass. */
import { elementCount, type Shape, type TensorData } from "../graph/graph.js";
import { broadcastIndex } from "../graph/values/tensor-value.js";

/** The integers of a quantiser. */
export interface IntegerGrid {
  readonly bits: number;
  readonly signed: boolean;
  readonly narrow: boolean;
}

/**
 * `max|w|` over the elements that share a scale, divided by the largest integer magnitude: `2^(b-1) - 1` when
 * signed and narrow, `2^(b-1)` when signed, `2^b - 1` when unsigned (`2^b - 2` narrow). One bit: `max|w|` itself.
 * Weights that are all zero get 1, where Brevitas divides by zero.
 * Source: Brevitas 0.6, core/scaling and core/quant/int.py; in float32, as there.
 * @param scaleShape broadcasts to the weight's shape: [] per tensor, (out, 1, 1) per channel.
 */
export function statisticsScale(
  weights: TensorData,
  weightShape: Shape,
  scaleShape: Shape,
  grid: IntegerGrid,
): Float32Array<ArrayBuffer> {
  const maxima = new Float32Array(elementCount(scaleShape));
  const at = broadcastIndex(scaleShape, weightShape);
  for (let index = 0; index < weights.length; index++) {
    const slot = at(index);
    const magnitude = Math.abs(weights[index] ?? 0);
    if (magnitude > (maxima[slot] ?? 0)) maxima[slot] = magnitude;
  }
  const limit = largestMagnitude(grid);
  return maxima.map((max) => (max === 0 ? 1 : max / limit));
}

function largestMagnitude({ bits, signed, narrow }: IntegerGrid): number {
  if (bits === 1) return 1;
  if (signed) return 2 ** (bits - 1) - (narrow ? 1 : 0);
  return 2 ** bits - (narrow ? 2 : 1);
}
