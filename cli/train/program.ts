/**
 * What is trained: a graph of the DSL lowered to operators whose backward pass is defined. Backends run programs; nothing
 * here computes. Shapes are those of one sample (no batch dimension), channels first as in PyTorch: (C, L) or (C, H, W).
 */
import type { Shape } from "../../shared/graph/graph.js";

/** Index into `TrainProgram.values`. */
export type ValueId = number;
/** Index into `TrainProgram.quantizers`. */
export type QuantizerId = number;

export interface TrainProgram {
  readonly name: string;
  /** Per-sample tensors that flow between operators. */
  readonly values: readonly ProgramValue[];
  /** In topological order. */
  readonly ops: readonly TrainOp[];
  readonly parameters: readonly ParameterSpec[];
  readonly quantizers: readonly QuantizerSpec[];
  readonly input: ValueId;
  /** The logits, shape (classes). */
  readonly output: ValueId;
}

export interface ProgramValue {
  /** The graph's tensor. */
  readonly name: string;
  readonly shape: Shape;
  /** Index of the DSL layer that made it; absent for the input. */
  readonly layer?: number;
}

/** A stored tensor: trained, or a buffer such as a running mean. Names and shapes are the graph's tensors'. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly kind: "weight" | "bias" | "gamma" | "beta" | "runningMean" | "runningVar" | "threshold";
  /** What the optimiser updates. A learned threshold is left out while its quantiser collects statistics. */
  readonly trainable: boolean;
  readonly layer: string;
  /** How it starts, see `initialize.ts`. */
  readonly init: ParameterInit;
}

/** PyTorch's defaults: uniform in `±1/sqrt(fanIn)` (`kaiming_uniform_` with a = sqrt 5) for weights and biases. */
export type ParameterInit =
  | { readonly kind: "uniform"; readonly bound: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "values"; readonly values: Float32Array }
  /** A weight's learned threshold: largest magnitude of the parameter, one per slice of `channelAxis` if there is one. */
  | { readonly kind: "maxAbs"; readonly parameter: string; readonly channelAxis?: number };

/**
 * A quantiser, Brevitas 0.6's semantics (REFERENCE.md 2). With `t = x / scale + zeroPoint` in float32:
 *
 * - `int`: `q = round(clamp(t, min, max))`, `y = (q - zeroPoint) * scale`. To x: `g` inside the range (limits included),
 *   outside 0 for activations and biases, `g` for weights. To the scale: `g * (q - zeroPoint - x / scale)`, where outside
 *   the range activations and biases have `g * (q - zeroPoint)`.
 * - `binary`: `q = x >= 0 ? 1 : -1`, `y = q * scale`. To x: `g * scale` (activations: only where |x| <= scale); to the scale: `g * q`.
 * - `ternary`: `q = |x| > ternaryThreshold * scale ? sign(x) : 0`, `y = q * scale`. To x: `g * scale` where q is not 0; to the scale: `g * q`.
 * - `levels`: `q` is the level nearest to `x / scale`, the lower of two; gradients as `int` between the first and last level.
 * - `trunc`: `q = floor(round(x / scale) / 2^truncatedBits)`, `y = q * scale`. To x: `g / 2^truncatedBits`; to the
 *   scale: `g * (q - x / scale / 2^truncatedBits)`.
 *
 * `scale = threshold / integerThreshold(spec)`, rounded up to a power of two when `powerOfTwo`; the gradient to the threshold is
 * that to the scale times `scale / threshold`, also then. Where this makes the scale 0 (all weights zero), it is 1 and the threshold
 * has no gradient. Without rounding (`SessionOptions.rounding`), `int` and `trunc` do not round and `levels` only clamps.
 */
export interface QuantizerSpec {
  /** The graph's Quant node. */
  readonly name: string;
  /** Other Quant nodes that it stands for: both operands of an `add` with `inputQuant` have one scale. */
  readonly twins?: readonly string[];
  readonly role: "weight" | "bias" | "activation";
  readonly bits: number;
  readonly signed: boolean;
  readonly narrow: boolean;
  readonly zeroPoint: number;
  readonly rounding: "round" | "floor" | "ceil" | "roundToZero";
  readonly kind: "int" | "binary" | "ternary" | "levels" | "trunc";
  readonly ternaryThreshold?: number;
  /** For `levels`: the values, ascending, in units of the scale. */
  readonly levels?: readonly number[];
  /** For `trunc`: low bits that are cut off. */
  readonly truncatedBits?: number;
  readonly powerOfTwo: boolean;
  /** Axis of the quantised tensor (per sample; 0 is the channel, for weights the output channel) with a scale each; absent: one scale. */
  readonly channelAxis?: number;
  readonly scale: ScaleSource;
}

export type ScaleSource =
  /** Fixed: one value, or one per channel. */
  | { readonly kind: "const"; readonly values: readonly number[] }
  /**
   * Weights and biases: the threshold is `max|w|` of the stored, unmasked tensor, per tensor or channel, at every step. The threshold's
   * gradient goes to the elements that have the maximum, in equal shares, times their sign; masked ones included.
   */
  | { readonly kind: "stats" }
  /** Biases: scale of the input times scale of the weight (per channel where the weight's is). Gradients flow to both. */
  | { readonly kind: "product"; readonly input: QuantizerId; readonly weight: QuantizerId }
  /** The scale in force of another quantiser; the gradient flows there. */
  | { readonly kind: "shared"; readonly quantizer: QuantizerId }
  /**
   * Learned threshold `|parameter|` (gradient +1 at 0). The first `collectSteps` training calls use a statistic of the batch as threshold,
   * the k-th smallest `|x|` with `k = floor(0.01 * percentile * n + 0.5)` of n elements, at least 1 (per channel: of each channel's), whose
   * gradient goes to that element (of equal ones, `kthIndex` in kth-value.ts says which), times its sign. They track it in the parameter: `value *= stat` in call 1, then
   * `value = 0.9 * value + 0.1 * stat`; the parameter has no gradient then. Evaluation always uses `|parameter|`.
   * A quantiser that serves several `quantize` ops is called by each in order. Running statistics never stop
   * collecting (`collectSteps` is `Number.MAX_SAFE_INTEGER`).
   */
  | {
      readonly kind: "learned";
      readonly parameter: string;
      readonly collectSteps: number;
      readonly percentile: number;
    };

interface OpBase {
  /** The graph's node. */
  readonly name: string;
  readonly inputs: readonly ValueId[];
  readonly output: ValueId;
}

/** A weight or bias as an operator uses it: through its quantiser when there is one. Names are parameters'. */
export interface WeightRef {
  readonly parameter: string;
  readonly quantizer?: QuantizerId;
}

/** Per spatial dimension: [before, after]. */
export type Padding = readonly (readonly [number, number])[];

export type TrainOp =
  /**
   * Weight (out, in / groups, k...); transposed: (in, out / groups, k...). 1-D and 2-D. Transposed: `padding` is cut off
   * the full output, whose size at its end is the output value's (PyTorch's output padding makes it longer).
   */
  | (OpBase & {
      readonly kind: "conv";
      readonly weight: WeightRef;
      readonly bias?: WeightRef;
      readonly kernel: readonly number[];
      readonly stride: readonly number[];
      readonly padding: Padding;
      readonly dilation: readonly number[];
      readonly groups: number;
      readonly transposed: boolean;
    })
  /** On the last dimension. Weight (out, in) as in PyTorch; `weightTransposed`: stored (in, out). */
  | (OpBase & {
      readonly kind: "linear";
      readonly weight: WeightRef;
      readonly bias?: WeightRef;
      readonly weightTransposed: boolean;
    })
  /**
   * Per channel (axis 0). `momentum` in PyTorch's sense: weight of the new batch; running variance is unbiased (a single
   * value's, which PyTorch refuses, is 0).
   */
  | (OpBase & {
      readonly kind: "batchNorm";
      readonly gamma: string;
      readonly beta: string;
      readonly runningMean: string;
      readonly runningVar: string;
      readonly eps: number;
      readonly momentum: number;
    })
  | (OpBase & { readonly kind: "relu" | "sigmoid" | "tanh" | "identity" })
  | (OpBase & { readonly kind: "elu"; readonly alpha: number })
  | (OpBase & { readonly kind: "selu"; readonly alpha: number; readonly gamma: number })
  /** The gradient is 0 at the limits (PyTorch's hard tanh). */
  | (OpBase & { readonly kind: "clip"; readonly min: number; readonly max: number })
  | (OpBase & { readonly kind: "quantize"; readonly quantizer: QuantizerId })
  /** Two inputs of the same rank, which may be the same value; sizes of 1 stretch. */
  | (OpBase & { readonly kind: "add" | "mul" })
  | (OpBase & { readonly kind: "concat"; readonly axis: number })
  /** `padding` per dimension of the sample, channels included. `reflect` mirrors without repeating the edge, `edge` repeats it. */
  | (OpBase & {
      readonly kind: "pad";
      readonly padding: Padding;
      readonly mode: "constant" | "reflect" | "edge";
      readonly value: number;
    })
  /**
   * The number of windows is the output value's: with PyTorch's ceil mode the last one reaches beyond the padding. Maximum: what is
   * padded never wins, the gradient goes to the first maximum in row-major order, a NaN wins.
   * Average: the sum of the window divided by the positions that count, times `multiplier`.
   */
  | (OpBase & {
      readonly kind: "maxPool" | "avgPool";
      readonly kernel: readonly number[];
      readonly stride: readonly number[];
      readonly padding: Padding;
      readonly dilation: readonly number[];
      /** Average: positions of the padding count (PyTorch's default), but none beyond it. */
      readonly countIncludePad: boolean;
      /** Average. Default 1. */
      readonly multiplier?: number;
    })
  /**
   * One scale per spatial dimension. Nearest: position `floor(i / scale)`. Linear (bilinear): `max((i + 0.5) / scale - 0.5, 0)`, between
   * its two neighbours, the last position repeated (PyTorch's `align_corners` false).
   */
  | (OpBase & { readonly kind: "upsample"; readonly mode: "nearest" | "linear"; readonly scales: readonly number[] })
  /** Same elements in PyTorch's order: reshape, flatten, squeeze. */
  | (OpBase & { readonly kind: "reshape" })
  | (OpBase & { readonly kind: "transpose"; readonly permutation: readonly number[] })
  /** Training only; elements kept with probability 1 - p and scaled by 1 / (1 - p). Which ones: `dropout.ts`. */
  | (OpBase & { readonly kind: "dropout"; readonly p: number });
