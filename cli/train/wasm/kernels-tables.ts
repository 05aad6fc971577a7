/**
 * Kernels driven by a table of input positions that all samples share: pooling, interpolation, padding, transposition,
 * broadcasting. Types only: see `kernels.ts` for the conventions.
 *
 * Output row `i` (`width` floats) depends on the entries `starts[i]` to `starts[i + 1] - 1`; entry `j` is the input's
 * `width` floats at float offset `offsets[j]`. `starts` and `offsets` are int32. `width` is any size: the channels for
 * tables of positions, 1 for tables of single elements.
 */
import type { Accumulate, Pointer } from "./kernels.js";

export interface TableKernels {
  /**
   * `y[i] (+)= sum over j of weights[j] * x[offsets[j]]`; no entries give zeros. `weights` 0: all 1. Padding, gathering, average
   * pools, interpolation.
   */
  readonly sparse: (
    rows: number,
    width: number,
    x: Pointer,
    starts: Pointer,
    offsets: Pointer,
    weights: Pointer,
    y: Pointer,
    accumulate: Accumulate,
  ) => void;
  /** `dx[offsets[j]] += weights[j] * dy[i]`: the backward pass of `sparse`. */
  readonly sparseGrad: (
    rows: number,
    width: number,
    dy: Pointer,
    starts: Pointer,
    offsets: Pointer,
    weights: Pointer,
    dx: Pointer,
  ) => void;
  /**
   * Largest of the entries, which must be at least one, element by element; a NaN wins. `argmax` (rows, width) int32 gets the float
   * offset of the first that has it (the entry's plus the element's); 0 skips it.
   */
  readonly sparseMax: (
    rows: number,
    width: number,
    x: Pointer,
    starts: Pointer,
    offsets: Pointer,
    y: Pointer,
    argmax: Pointer,
  ) => void;
  /** `dx[argmax[i]] += dy[i]` for `n` elements. */
  readonly sparseMaxGrad: (n: number, dy: Pointer, argmax: Pointer, dx: Pointer) => void;
}
