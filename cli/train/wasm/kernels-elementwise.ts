/** Kernels on `n` contiguous floats, and strided copies. Types only: see `kernels.ts` for the conventions. */
import type { Accumulate, Pointer } from "./kernels.js";

export interface ElementwiseKernels extends VectorKernels, ActivationKernels, RowKernels {}

/** Any `n`, in place. */
export interface VectorKernels {
  readonly fill: (n: number, value: number, y: Pointer) => void;
  /** `y = x1 + x2`. */
  readonly add: (n: number, x1: Pointer, x2: Pointer, y: Pointer) => void;
  /** `y (+)= x1 * x2`. */
  readonly mul: (n: number, x1: Pointer, x2: Pointer, y: Pointer, accumulate: Accumulate) => void;
  /** `y = ` sum of `slots` vectors that lie `stride` floats apart, in order: the threads' parts of a gradient. Not in place. */
  readonly sumSlots: (n: number, slots: number, x: Pointer, stride: number, y: Pointer) => void;
  /**
   * `y = keepScale * x` where the element is kept and 0 elsewhere; the same call on `dy` is the backward pass. Row `t`, channel `c`
   * is element `index + c * rows + t`, PyTorch's order, of `keepsElement(key, element, p)` in `cli/train/dropout.ts`;
   * `threshold` is its `dropThreshold(p)`. `channels` a multiple of 4.
   */
  readonly dropout: (
    rows: number,
    channels: number,
    x: Pointer,
    key: number,
    index: number,
    threshold: number,
    keepScale: number,
    y: Pointer,
  ) => void;
}

/**
 * Any `n`, in place; relative error at most 3e-7. Sigmoid makes padding lanes 0.5: follow it with `clearPadding`. ReLU and clip
 * are `quantize` without rounding.
 */
export interface ActivationKernels {
  readonly sigmoid: (n: number, x: Pointer, y: Pointer) => void;
  /** From the output `y`. */
  readonly sigmoidGrad: (n: number, y: Pointer, dy: Pointer, dx: Pointer) => void;
  readonly tanh: (n: number, x: Pointer, y: Pointer) => void;
  /** From the output `y`. */
  readonly tanhGrad: (n: number, y: Pointer, dy: Pointer, dx: Pointer) => void;
  /** `gamma * x` where x > 0, else `gamma * alpha * (e^x - 1)`: ELU with gamma 1, and SELU. */
  readonly elu: (n: number, x: Pointer, alpha: number, gamma: number, y: Pointer) => void;
  readonly eluGrad: (n: number, x: Pointer, alpha: number, gamma: number, dy: Pointer, dx: Pointer) => void;
}

/** On `rows` rows of `width` floats (any width) with strides: padding, concatenation, slices. */
export interface RowKernels {
  readonly copyRows: (rows: number, width: number, x: Pointer, ldx: number, y: Pointer, ldy: number) => void;
  /** `y += x`. */
  readonly addRows: (rows: number, width: number, x: Pointer, ldx: number, y: Pointer, ldy: number) => void;
  readonly fillRows: (rows: number, width: number, value: number, y: Pointer, ldy: number) => void;
  /** Zeros the lanes from `channels` to `paddedChannels` of every row. */
  readonly clearPadding: (rows: number, channels: number, paddedChannels: number, y: Pointer) => void;
  /**
   * `y[columns, rows] = transpose(x[rows, columns])`, any sizes, not in place. PyTorch's (C, L) to channels last: rows C,
   * columns L, ldx L, ldy padded channels.
   */
  readonly transpose: (rows: number, columns: number, x: Pointer, ldx: number, y: Pointer, ldy: number) => void;
}
