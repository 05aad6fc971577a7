/**
 * What the threads carry out: plain data that can be posted to a worker. A plan is a sequence of stages; within a stage
 * every sample goes through the same list of kernel calls by itself, between stages the whole batch meets in tasks.
 */
import type { HostKernels } from "./threads/host-kernels.js";
import type { Kernels } from "./kernels.js";
import type { Task } from "./tasks/task.js";

export interface Plan {
  readonly id: number;
  /** Before everything else, in any order, shared among the threads. */
  readonly prologue: readonly Task[];
  /** After the prologue, in order, by one thread. */
  readonly begin: readonly Task[];
  readonly stages: readonly Stage[];
  /** After the last stage, in any order, shared among the threads. */
  readonly epilogue: readonly Task[];
}

export interface Stage {
  /** For profiles. */
  readonly name: string;
  /** What is done for every sample, in this order. */
  readonly calls: readonly Call[];
  /** What one thread does when all samples are through, in order. */
  readonly tasks: readonly Task[];
}

export type KernelName = keyof Kernels | keyof HostKernels;

export interface Call {
  readonly kernel: KernelName;
  readonly arguments: readonly Argument[];
}

export type Argument = number | Address | Variable;

/**
 * A byte address, relative to what it lies in: memory that stays where it is (`fixed`), the thread's scratch memory
 * (`scratch`), the accumulators of the chunk of samples at work (`slot`), or what is kept for the whole batch (`batch`).
 */
export interface Address {
  readonly space: "fixed" | "scratch" | "slot" | "batch";
  readonly bytes: number;
  /** Bytes from one sample to the next; 0 outside `batch`. */
  readonly perSample: number;
}

/** A number that is known when a stage begins: read from memory, or counted by samples. */
export type Variable =
  | { readonly space: "int32" | "float32"; readonly bytes: number }
  /** `perSample` times the sample's number in the batch. */
  | { readonly space: "sample"; readonly perSample: number };
