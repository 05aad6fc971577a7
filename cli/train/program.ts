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
  | { readonly kind: "values"; readonly values: Float32Array };

/**
 * A quantiser, Brevitas 0.6's semantics (REFERENCE.md 2): `y = (round(clamp(x / scale + zeroPoint)) - zeroPoint) * scale`,
 * `scale = threshold / integerThreshold` with `integerThreshold = -minInt` signed (narrow: `maxInt`), `maxInt` unsigned.
 */
export interface QuantizerSpec {
  /** The graph's Quant node. */
  readonly name: string;
  readonly role: "weight" | "bias" | "activation";
  readonly bits: number;
  readonly signed: boolean;
  readonly narrow: boolean;
  readonly zeroPoint: number;
  readonly rounding: "round" | "floor" | "ceil" | "roundToZero";
  /** `int`: uniform; `binary`: sign with 0 -> +1; `ternary`: sign where |x| > ternaryThreshold * scale; `levels`: nearest of a code book. */
  readonly kind: "int" | "binary" | "ternary" | "levels";
  readonly ternaryThreshold?: number;
  /** For `levels`: the values, ascending, in units of the scale. */
  readonly levels?: readonly number[];
  readonly powerOfTwo: boolean;
  /** Axis of the quantised tensor (per sample; 0 is the channel, for weights the output channel) with a scale each; absent: one scale. */
  readonly channelAxis?: number;
  readonly scale: ScaleSource;
}

export type ScaleSource =
  /** Fixed: one value, or one per channel. */
  | { readonly kind: "const"; readonly values: readonly number[] }
  /** Weights: `max|w|` per tensor or channel at every step, with gradient through the maximum (ties share it). */
  | { readonly kind: "stats" }
  /** Biases: scale of the input times scale of the weight. */
  | { readonly kind: "product"; readonly input: QuantizerId; readonly weight: QuantizerId }
  /**
   * Learned threshold `|parameter|`. `collectSteps > 0`: the first training batches use the percentile of `|x|` and
   * track it in the parameter (`value *= stat`, then `0.9 * value + 0.1 * stat`).
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
  /** Weight (out, in / groups, k...); transposed: (in, out / groups, k...). 1-D and 2-D. */
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
  /** Per channel (axis 0). `momentum` in PyTorch's sense: weight of the new batch; running variance is unbiased. */
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
  | (OpBase & { readonly kind: "clip"; readonly min: number; readonly max: number })
  | (OpBase & { readonly kind: "quantize"; readonly quantizer: QuantizerId })
  /** Two inputs; shapes broadcast as in PyTorch. */
  | (OpBase & { readonly kind: "add" | "mul" })
  | (OpBase & { readonly kind: "concat"; readonly axis: number })
  /** `padding` per dimension of the sample, channels included. */
  | (OpBase & { readonly kind: "pad"; readonly padding: Padding; readonly value: number })
  | (OpBase & {
      readonly kind: "maxPool" | "avgPool";
      readonly kernel: readonly number[];
      readonly stride: readonly number[];
      readonly padding: Padding;
      readonly dilation: readonly number[];
      /** Average: zeros of the padding count (PyTorch's default). */
      readonly countIncludePad: boolean;
    })
  | (OpBase & { readonly kind: "upsample"; readonly mode: "nearest" | "linear"; readonly scales: readonly number[] })
  /** Same elements in PyTorch's order: reshape, flatten, squeeze. */
  | (OpBase & { readonly kind: "reshape" })
  | (OpBase & { readonly kind: "transpose"; readonly permutation: readonly number[] })
  /** Training only; elements kept with probability 1 - p and scaled by 1 / (1 - p). */
  | (OpBase & { readonly kind: "dropout"; readonly p: number });
