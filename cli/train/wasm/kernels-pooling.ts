/** Pooling kernels, one and two dimensions (1-D: heights and kernel height 1). Types only: see `kernels.ts` for the conventions. */
import type { Pointer } from "./kernels.js";

export interface PoolingKernels {
  /**
   * Largest element per window; padding never wins. `argmax` (outHeight, outWidth, channels) int32: position in the input
   * (`row * inWidth + column`) of the first maximum, as PyTorch; 0 skips it. NaN wins.
   */
  maxPool(
    outHeight: number,
    outWidth: number,
    channels: number,
    inHeight: number,
    inWidth: number,
    kernelHeight: number,
    kernelWidth: number,
    strideHeight: number,
    strideWidth: number,
    padTop: number,
    padLeft: number,
    dilationHeight: number,
    dilationWidth: number,
    x: Pointer,
    y: Pointer,
    argmax: Pointer,
  ): void;
  /** `dx[argmax] += dy` per channel, `rows` output positions. */
  maxPoolGrad(rows: number, channels: number, dy: Pointer, argmax: Pointer, dx: Pointer): void;
  /** Mean per window; with `countIncludePad` 1 the zeros of the padding count. */
  avgPool(
    outHeight: number,
    outWidth: number,
    channels: number,
    inHeight: number,
    inWidth: number,
    kernelHeight: number,
    kernelWidth: number,
    strideHeight: number,
    strideWidth: number,
    padTop: number,
    padLeft: number,
    dilationHeight: number,
    dilationWidth: number,
    countIncludePad: number,
    x: Pointer,
    y: Pointer,
  ): void;
  /** Adds each `dy` divided by its window's count to the window's elements of `dx`. */
  avgPoolGrad(
    outHeight: number,
    outWidth: number,
    channels: number,
    inHeight: number,
    inWidth: number,
    kernelHeight: number,
    kernelWidth: number,
    strideHeight: number,
    strideWidth: number,
    padTop: number,
    padLeft: number,
    dilationHeight: number,
    dilationWidth: number,
    countIncludePad: number,
    dy: Pointer,
    dx: Pointer,
  ): void;
}
