/**
 * The WebAssembly kernels as TypeScript sees them. They are pure functions of memory: no allocation, no globals, so any
 * number of instances (one per thread) may share one memory.
 *
 * Conventions. A `Pointer` is a byte address, a multiple of 4 (16 is faster). Sizes, strides and steps count floats
 * (4 bytes), never bytes. A tensor of one sample lies channels last: rows (positions) of `channels` floats, where
 * `channels` is a multiple of 4; lanes beyond the real channels hold zeros. Every kernel keeps them zero when its
 * parameters are zero there, unless it says otherwise. `accumulate` is 0 (write) or 1 (add to what is there). Inputs
 * and outputs may be the same memory only where "in place" is said.
 */
import type { ElementwiseKernels } from "./kernels-elementwise.js";
import type { TableKernels } from "./kernels-tables.js";

/** Byte address in the shared memory. */
export type Pointer = number;
/** 1 adds to the output, 0 overwrites it. */
export type Accumulate = 0 | 1;

/** How a quantiser makes integers: 0 not at all, 1 nearest with ties to even, 2 floor, 3 ceil, 4 towards zero. */
export type Rounding = 0 | 1 | 2 | 3 | 4;
export const rounding = { none: 0, nearest: 1, floor: 2, ceil: 3, towardsZero: 4 } as const satisfies Record<
  string,
  Rounding
>;

export interface Kernels extends ConvolutionKernels, MatrixKernels, QuantizerKernels, ElementwiseKernels, TableKernels {
  /** 80 floating-point operations a round, from registers alone: the yardstick of the benchmarks. Writes 16 bytes at `x`. */
  readonly multiplyAddPeak: (rounds: number, x: Pointer) => void;
}

/**
 * Depthwise convolutions: each channel by itself. Output row `t`, tap `(r, k)` reads input float `t * rowStep + r * tapRowStep +
 * k * tapStep`.
 */
export interface ConvolutionKernels {
  /**
   * `y[t] (+)= sum over r, k of x[t * rowStep + r * tapRowStep + k * tapStep] * w[r * weightRowStep + k * weightStep]`,
   * each a row of `channels` floats. One call makes one output line; `tapRows` is 1 in one dimension. With
   * `ld` = floats per input position: stride S and dilation D are `rowStep = S * ld`, `tapStep = D * ld`.
   * Steps of taps and weights may be negative: a negative `tapStep` is the input gradient's flipped kernel, and
   * `weightStep = S * channels` takes every S-th tap (see `inputGradientPhases`). Fastest where `rowStep` is `tapStep`.
   */
  readonly depthwise: (
    rows: number,
    channels: number,
    tapRows: number,
    taps: number,
    x: Pointer,
    rowStep: number,
    tapRowStep: number,
    tapStep: number,
    w: Pointer,
    weightRowStep: number,
    weightStep: number,
    y: Pointer,
    ldy: number,
    accumulate: Accumulate,
  ) => void;
  /**
   * `dw[r][k] += sum over t of x[t * rowStep + r * tapRowStep + k * tapStep] * d[t]`; `dw` is dense: (tapRows, taps, channels).
   * `ldd`: floats per row of `d`.
   */
  readonly depthwiseGradWeight: (
    rows: number,
    channels: number,
    tapRows: number,
    taps: number,
    x: Pointer,
    rowStep: number,
    tapRowStep: number,
    tapStep: number,
    d: Pointer,
    ldd: number,
    dw: Pointer,
  ) => void;
}

/** Products of row-major matrices; `ldx` is the number of floats from one row of `x` to the next. */
export interface MatrixKernels {
  /**
   * `y[rows, outer] (+)= x[rows, inner] w[inner, outer]`. `outer` is a multiple of 4, `inner` any. Rows of `x` may overlap
   * (`ldx < inner`): a dense convolution over one dimension is one product with `inner = taps * channels` and
   * `ldx = stride * channels`. Rows of `y` must not overlap.
   */
  readonly gemm: (
    rows: number,
    inner: number,
    outer: number,
    x: Pointer,
    ldx: number,
    w: Pointer,
    ldw: number,
    y: Pointer,
    ldy: number,
    accumulate: Accumulate,
  ) => void;
  /**
   * `dw[inner, outer] += transpose(x[rows, inner]) d[rows, outer]`: a weight gradient. `outer` is a multiple of 4. Rows of `x`
   * may overlap.
   */
  readonly gemmGradWeight: (
    rows: number,
    inner: number,
    outer: number,
    x: Pointer,
    ldx: number,
    d: Pointer,
    ldd: number,
    dw: Pointer,
    ldw: number,
  ) => void;
}

/**
 * Batch norm, activation and quantiser as one pass. With per-channel `a`, `b` from batch norm, divided by the quantiser's
 * scale: `v = a x + b`, `q = round(min(max(v, lo), hi))`, `y = q * scale + offset` (offset = -zeroPoint * scale).
 * Where codes must be those of a division, `divide` is 1 and `v = (a x + b) / scale`, a and b then not divided (scale not 0 in any lane);
 * `scale` is not read by the backward kernels otherwise.
 * ReLU is `lo = 0`; no quantiser is `lo = -Infinity`, `hi = Infinity`, rounding none, scale 1. Rows are contiguous. NaN stays NaN.
 */
export interface QuantizerKernels {
  /** `y (+)= q * scale + offset`. `a`, `b`, `scale`, `offset`: `channels` floats each. In place. */
  readonly quantize: (
    rows: number,
    channels: number,
    x: Pointer,
    a: Pointer,
    b: Pointer,
    lo: number,
    hi: number,
    rounding: Rounding,
    scale: Pointer,
    offset: Pointer,
    divide: 0 | 1,
    y: Pointer,
    accumulate: Accumulate,
  ) => void;
  /**
   * First pass backwards, sums per channel in double precision, `sums` (3, channels) float64, added to what is there:
   * `sum dv`, `sum dv * (x - shift)`, `sum dy * q`, where `dv = dy` if `floor < v <= hi` and 0 elsewhere. `floor` is exclusive,
   * at most `lo`: 0 for ReLU (its gradient at 0 is 0, as PyTorch's), the next float below `lo` where a clamp passes its bound.
   * The scale's gradient is `sum dy q - sum dv v`, and `sum dv v = a (sum dv (x - shift) + shift sum dv) + b sum dv`.
   */
  readonly quantizeGradSums: (
    rows: number,
    channels: number,
    x: Pointer,
    a: Pointer,
    b: Pointer,
    shift: Pointer,
    dy: Pointer,
    lo: number,
    hi: number,
    floor: number,
    rounding: Rounding,
    scale: Pointer,
    divide: 0 | 1,
    sums: Pointer,
  ) => void;
  /**
   * Second pass backwards: `dx (+)= dv * a1 + x * a2 + a3` with `dv` as above: batch norm's input gradient when
   * `a1 = gamma / std`, `a2 = -a1 / std * dgamma / n`, `a3 = -a1 * dbeta / n - a2 * mean`. In place (`dx` = `dy`).
   */
  readonly quantizeGradInput: (
    rows: number,
    channels: number,
    x: Pointer,
    a: Pointer,
    b: Pointer,
    dy: Pointer,
    hi: number,
    floor: number,
    scale: Pointer,
    divide: 0 | 1,
    a1: Pointer,
    a2: Pointer,
    a3: Pointer,
    dx: Pointer,
    accumulate: Accumulate,
  ) => void;
  /**
   * Adds per channel `sum (x - shift)` and `sum (x - shift)^2` to `sums` (2, channels) float64. A shift near the mean keeps the
   * variance exact.
   */
  readonly channelSums: (rows: number, channels: number, x: Pointer, shift: Pointer, sums: Pointer) => void;
  /** Adds per channel `sum x * d` to `sums` (channels) float64. */
  readonly channelDots: (rows: number, channels: number, x: Pointer, d: Pointer, sums: Pointer) => void;
  /**
   * Radix selection of the k-th smallest `|x|`: with `u` the bits of `|x|` as an unsigned integer, whose order is that of
   * `|x|`, adds 1 to the int32 `bins[(u >> shift) & 2047]` for every `u` with `(u & mask) = prefix`. Reads the first `channels`
   * of every row of `ld` floats.
   */
  readonly histogram: (
    rows: number,
    channels: number,
    ld: number,
    x: Pointer,
    shift: number,
    mask: number,
    prefix: number,
    bins: Pointer,
  ) => void;
  /** Smallest `c * rows + t` (PyTorch's order) whose `|x|` equals `value`, or -1. */
  readonly findMagnitude: (rows: number, channels: number, ld: number, x: Pointer, value: number) => number;
  /**
   * The quantisers that are not `int`, in the slow and general way: writes `q` and 1 or 0 for the elements whose gradient
   * passes, both like `x`. `v = (a x + b) / scale`. Kinds: 0 binary (`q` = sign of v, 0 -> 1; passes where |v| <= parameter), 1
   * ternary (|v| > parameter ? sign : 0; passes where q is not 0), 2 trunc (`floor(nearest(v) * parameter)`, parameter =
   * 2^-bits; passes everywhere), 3 levels (nearest of `nLevels` ascending floats at `levels`, the lower of two; passes from the
   * first to the last). Rounding 0 (none) or 1: trunc and levels only scale and clamp without it.
   */
  readonly quantizeCodes: (
    rows: number,
    channels: number,
    x: Pointer,
    a: Pointer,
    b: Pointer,
    scale: Pointer,
    kind: number,
    parameter: number,
    rounding: 0 | 1,
    levels: Pointer,
    nLevels: number,
    q: Pointer,
    passes: Pointer,
  ) => void;
}
