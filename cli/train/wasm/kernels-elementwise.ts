/** Kernels on `n` contiguous floats, and strided copies. Types only: see `kernels.ts` for the conventions. */
import type { Accumulate, Pointer } from "./kernels.js";

export interface ElementwiseKernels extends VectorKernels, ActivationKernels, RowKernels {}

/** Any `n`, in place. */
export interface VectorKernels {
  fill(n: number, value: number, y: Pointer): void;
  /** `y = x1 + x2`. */
  add(n: number, x1: Pointer, x2: Pointer, y: Pointer): void;
  /** `y (+)= x1 * x2`. */
  mul(n: number, x1: Pointer, x2: Pointer, y: Pointer, accumulate: Accumulate): void;
  /** `y += alpha * x`. */
  axpy(n: number, alpha: number, x: Pointer, y: Pointer): void;
  /**
   * `y = x * keepScale` where the element is kept and 0 elsewhere. Element `i` is kept when `mix(index + i, seed) >= threshold`
   * as unsigned 32-bit numbers (threshold = p * 2^32); the same call on `dy` is the backward pass. See `assembly/dropout.ts` for `mix`.
   */
  dropout(n: number, x: Pointer, index: number, seed: number, threshold: number, keepScale: number, y: Pointer): void;
}

/** Any `n`, in place. Sigmoid makes padding lanes 0.5, and a clip may: follow it with `clearPadding`. Error at most 2e-7 relative. */
export interface ActivationKernels {
  relu(n: number, x: Pointer, y: Pointer): void;
  reluGrad(n: number, x: Pointer, dy: Pointer, dx: Pointer): void;
  clip(n: number, x: Pointer, lo: number, hi: number, y: Pointer): void;
  /** Passes the gradient on both bounds. */
  clipGrad(n: number, x: Pointer, lo: number, hi: number, dy: Pointer, dx: Pointer): void;
  sigmoid(n: number, x: Pointer, y: Pointer): void;
  /** From the output `y`. */
  sigmoidGrad(n: number, y: Pointer, dy: Pointer, dx: Pointer): void;
  tanh(n: number, x: Pointer, y: Pointer): void;
  /** From the output `y`. */
  tanhGrad(n: number, y: Pointer, dy: Pointer, dx: Pointer): void;
  /** `gamma * x` where x > 0, else `gamma * alpha * (e^x - 1)`: ELU with gamma 1, and SELU. */
  elu(n: number, x: Pointer, alpha: number, gamma: number, y: Pointer): void;
  eluGrad(n: number, x: Pointer, alpha: number, gamma: number, dy: Pointer, dx: Pointer): void;
}

/** On `rows` rows of `width` floats (any width) with strides: padding, concatenation, slices, interpolation. */
export interface RowKernels {
  copyRows(rows: number, width: number, x: Pointer, ldx: number, y: Pointer, ldy: number): void;
  /** `y += x`. */
  addRows(rows: number, width: number, x: Pointer, ldx: number, y: Pointer, ldy: number): void;
  fillRows(rows: number, width: number, value: number, y: Pointer, ldy: number): void;
  /** Zeros the lanes from `channels` to `paddedChannels` of every row. */
  clearPadding(rows: number, channels: number, paddedChannels: number, y: Pointer): void;
  /**
   * `y[t] = w0 * x[i0] + w1 * x[i1]` for rows of `width` floats; `table`: per output row int32 i0, int32 i1, float32 w0, float32 w1.
   * Nearest and linear interpolation along one dimension (`width` = all that lies inside it).
   */
  interpolateRows(rows: number, width: number, x: Pointer, table: Pointer, y: Pointer): void;
  /** `dx[i0] += w0 * dy[t]`, `dx[i1] += w1 * dy[t]`. */
  interpolateRowsGrad(rows: number, width: number, dy: Pointer, table: Pointer, dx: Pointer): void;
}
