/** What a training backend is: it runs a program's forward and backward pass. Optimisers and recipes are above it. */
import { availableParallelism } from "node:os";
import type { TrainProgram, ValueId } from "./program.js";

export type BackendName = "wasm" | "tensorflow" | "webgpu" | "tfjs";

export interface Backend {
  readonly name: BackendName;
  /** Why it cannot be used on this machine, in one sentence; `undefined` when it can. */
  unavailable(): Promise<string | undefined>;
  /** A session whose parameters are 0: the caller fills them. */
  open(program: TrainProgram, options: SessionOptions): Promise<Session>;
}

export interface SessionOptions {
  /** Largest number of samples of one step. */
  readonly batchSize: number;
  /** Threads, where the backend has a choice. Default: the machine's, at most 16. */
  readonly threads?: number;
  /** False: quantisers scale and clamp but do not round, so that backends can be compared tightly. Default true. */
  readonly rounding?: boolean;
  /** Of dropout. Default 0. */
  readonly seed?: number;
  /** Only `predict` and `activations` will be used: no memory for gradients. Default false. */
  readonly inferenceOnly?: boolean;
}

/** `size` samples, each of the program's input shape, in PyTorch's order, and their class numbers. */
export interface Batch {
  readonly x: Float32Array;
  readonly labels: Int32Array;
  readonly size: number;
}

export interface StepOptions {
  /** Counts all training steps of a run; seeds dropout. */
  readonly step: number;
  /** Share of the target spread over all classes. Default 0. */
  readonly labelSmoothing?: number;
  /** Knowledge distillation (Hinton et al., 2015): `(1 - weight) * CE + weight * T^2 * KL(teacher || student)` at temperature T. */
  readonly distillation?: { readonly logits: Float32Array; readonly temperature: number; readonly weight: number };
  /** Use the running statistics of batch norm and leave them alone. Default false. */
  readonly freezeBatchNorm?: boolean;
  /** Forward only, to update running statistics. Default false: gradients are computed. */
  readonly forwardOnly?: boolean;
}

export interface StepResult {
  /** Mean over the batch, before the optimiser's update. */
  readonly loss: number;
  /** Samples whose largest logit is the label's. */
  readonly correct: number;
}

/**
 * A program with its parameters. `parameters` and `gradients` are live: the caller updates parameters in place between
 * steps and must not keep references to other arrays. All values are float32 in PyTorch's layout.
 */
export interface Session {
  /** By name; buffers (running statistics) and learned thresholds included. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /**
   * Of the last step, by name, in the order of the program's parameters; trainable parameters only. A learned threshold has an entry only while the last step did learn it:
   * none after a step in which its quantiser only collected statistics.
   */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /**
   * Training calls that each learned quantiser has spent collecting, at most `collectSteps`, by quantiser name; live as
   * well: a caller that restores a threshold sets it to `collectSteps`.
   */
  readonly collected: Map<string, number>;
  readonly program: TrainProgram;
  /** The masks in force, by weight. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
  /**
   * Pruned elements of a weight are 0 where the mask is 0. The weight's statistics still read the stored, unmasked
   * weight, and the gradient that comes through the masked weight is masked (not what comes through the statistics), as
   * Brevitas 0.6 with `torch.nn.utils.prune` does. `undefined` removes the mask.
   */
  setMask(weight: string, mask: Uint8Array | undefined): void;
  /** One forward and backward pass in training mode. */
  trainStep(batch: Batch, options: StepOptions): Promise<StepResult>;
  /** Logits in evaluation mode, (size, classes). */
  predict(x: Float32Array, size: number): Promise<Float32Array>;
  /** Values in evaluation mode, each (size, ...shape). */
  activations(x: Float32Array, size: number, values: readonly ValueId[]): Promise<ReadonlyMap<ValueId, Float32Array>>;
  /** The scale in force in evaluation mode, by quantiser name; one value or one per channel. */
  scales(): ReadonlyMap<string, Float32Array>;
  close(): Promise<void>;
}

/** More threads than this have too little to do each. */
const mostThreads = 16;

/** The machine's, where nobody says how many. */
export function defaultThreads(): number {
  return Math.min(availableParallelism(), mostThreads);
}
