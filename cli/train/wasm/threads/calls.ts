/** Carries out a stage's kernel calls for one sample after another. */
import type { Address, Argument, Call } from "../plan.js";

/** Any kernel: what its parameters mean is the plan's business. */
export type AnyKernel = (...args: readonly (number | undefined)[]) => unknown;

/** Where the spaces of addresses begin, in bytes, for the samples at hand. */
export interface Bases {
  readonly scratch: number;
  readonly slot: number;
  readonly batch: number;
}

/** A call whose arguments are numbers; those that differ from sample to sample are advanced. */
interface BoundCall {
  readonly kernel: AnyKernel;
  readonly template: readonly Argument[];
  readonly args: number[];
  /** Arguments that move, and by how much. */
  readonly moving: readonly number[];
  readonly steps: readonly number[];
}

export type BoundCalls = readonly BoundCall[];

export function bindCalls(calls: readonly Call[], kernels: Readonly<Record<string, AnyKernel>>): BoundCalls {
  return calls.map((call) => {
    const kernel = kernels[call.kernel];
    if (kernel === undefined) throw new RangeError(`there is no kernel ${call.kernel}`);
    const template = call.arguments;
    const moving = [...template.keys()].filter((at) => stepOf(template[at] ?? 0) !== 0);
    return {
      kernel,
      template,
      args: new Array<number>(mostArguments).fill(0),
      moving,
      steps: moving.map((at) => stepOf(template[at] ?? 0)),
    };
  });
}

function stepOf(argument: Argument): number {
  return typeof argument === "object" && "perSample" in argument ? argument.perSample : 0;
}

/** What variables are read from. */
export interface VariableMemory {
  readonly int32: Int32Array;
  readonly float32: Float32Array;
}

/** Runs the calls for samples `begin` to `end - 1`. */
export function runCalls(calls: BoundCalls, begin: number, end: number, bases: Bases, memory: VariableMemory): void {
  for (const { template, args } of calls) {
    for (const [at, argument] of template.entries()) args[at] = valueOf(argument, begin, bases, memory);
  }
  for (let sample = begin; sample < end; sample++) {
    for (const { kernel, args, moving, steps } of calls) {
      invoke(kernel, args);
      for (let i = 0; i < moving.length; i++) {
        const at = moving[i] ?? 0;
        args[at] = (args[at] ?? 0) + (steps[i] ?? 0);
      }
    }
  }
}

/** Of any kernel. */
const mostArguments = 16;

/** A call with a list of fixed length is faster than one that spreads an array; what a kernel does not take is ignored. */
function invoke(kernel: AnyKernel, a: readonly number[]): void {
  kernel(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12], a[13], a[14], a[15]);
}

function valueOf(argument: Argument, sample: number, bases: Bases, { int32, float32 }: VariableMemory): number {
  if (typeof argument === "number") return argument;
  switch (argument.space) {
    case "int32":
      return int32[argument.bytes / 4] ?? 0;
    case "float32":
      return float32[argument.bytes / 4] ?? 0;
    case "sample":
      return argument.perSample * sample;
    case "fixed":
    case "scratch":
    case "slot":
    case "batch":
      return baseOf(argument, bases) + argument.bytes + argument.perSample * sample;
  }
}

function baseOf({ space }: Address, { scratch, slot, batch }: Bases): number {
  switch (space) {
    case "fixed":
      return 0;
    case "scratch":
      return scratch;
    case "slot":
      return slot;
    case "batch":
      return batch;
  }
}
