/**
 * One training step or evaluation as a graph of per-sample tensors: forward values and gradients alike. Nodes make tensors,
 * sinks add a sample's part to the batch's accumulators, tasks work on what sinks have gathered from the whole batch.
 * A stage is what can be done for one sample after another without meeting the batch: whatever reads a task's result is in a
 * later stage than the sinks that the task waits for. Ids are given in topological order, so stages are known at once.
 */
import type { Kernels } from "../kernels.js";
import type { Argument } from "../plan.js";
import type { Task } from "../tasks/task.js";
import type { HostKernels } from "../threads/host-kernels.js";
import type { Place } from "./place.js";

export type NodeId = number;
export type SinkId = number;
export type TaskId = number;

/** The stage of tasks that run before the first stage. */
export const beforeAll = -1;

export interface NodeSpec {
  /** For profiles and errors. */
  readonly name: string;
  readonly inputs: readonly NodeId[];
  /** Of one sample. */
  readonly floats: number;
  /** Tasks whose results `emit`'s calls read. */
  readonly after?: readonly TaskId[];
  /** Whether a later stage reads it from memory (`always`) or computes it again (`never`). Default: what costs less. */
  readonly keep?: "always" | "never" | "auto";
  /** Which inputs may be written into this node's memory straight away. */
  readonly hosting?: Hosting;
  /** True if the calls can add to the output (`EmitContext.accumulate`), so that a sum needs no memory for this term. */
  readonly accumulates?: boolean;
  readonly emit: (context: EmitContext) => void;
}

export type Hosting =
  /** The input lies inside this node's memory, which keeps it as it is; others may read it there. */
  | { readonly kind: "inside"; readonly offset: number }
  /** The node overwrites the memory of input 0, if nobody else needs it. */
  | { readonly kind: "inPlace" }
  /** The node is the sum of its inputs. */
  | { readonly kind: "sum" };

export interface SinkSpec {
  readonly name: string;
  readonly inputs: readonly NodeId[];
  readonly after?: readonly TaskId[];
  readonly emit: (context: SinkContext) => void;
}

export interface SinkContext {
  readonly input: (index: number) => Place;
  /** Scratch memory for the time of this node's calls. */
  readonly temporary: (floats: number) => Place;
  readonly call: <Name extends keyof AllKernels>(kernel: Name, ...args: ArgumentsOf<AllKernels[Name]>) => void;
}

export interface EmitContext extends SinkContext {
  readonly output: Place;
  /** 1: the output holds another term of a sum, add to it. */
  readonly accumulate: 0 | 1;
  /** True if the input was written into the output's memory by the node that made it. */
  readonly isHosted: (index: number) => boolean;
}

export type AllKernels = Kernels & HostKernels;

/** Every parameter of a kernel as a number, a place or a variable. */
type ArgumentsOf<Kernel> = Kernel extends (...args: infer Parameters) => unknown
  ? { readonly [Index in keyof Parameters]: Place | Argument }
  : never;

export interface FlowNode extends NodeSpec {
  /** The first stage in which it can be computed. */
  readonly ready: number;
  /** What computing it in a later stage costs, in floats read and written. */
  readonly cost: number;
  readonly keep: "always" | "never";
  /** Given: it lies there from the beginning. */
  readonly source?: Place;
}

export interface FlowSink extends SinkSpec {
  readonly stage: number;
}

export interface FlowTask {
  readonly task: Task;
  /** Runs at the end of this stage. */
  readonly stage: number;
}

/** What a task waits for, at least. */
export interface WaitsFor {
  readonly sinks?: readonly SinkId[];
  readonly tasks?: readonly TaskId[];
  readonly stage?: number;
}

/** A tensor whose computation costs more floats than this many times its own is kept. */
const costLimit = 6;

export class Flow {
  readonly nodes: FlowNode[] = [];
  readonly sinks: FlowSink[] = [];
  readonly tasks: FlowTask[] = [];
  /** Tasks before everything else, which no other of them waits for. */
  readonly prologue: Task[] = [];
  /** Tasks after everything else, likewise. */
  readonly epilogue: Task[] = [];

  node(spec: NodeSpec): NodeId {
    const inputs = spec.inputs.map((id) => this.nodeAt(id));
    const ready = Math.max(0, ...inputs.map(({ ready }) => ready), this.stageAfter(spec.after));
    const cost = inputs.reduce((sum, { keep, cost, floats }) => sum + (keep === "always" ? floats : cost), spec.floats);
    const keep = spec.keep === undefined || spec.keep === "auto" ? keepOf(spec, inputs, cost) : spec.keep;
    return this.nodes.push({ ...spec, keep, ready, cost }) - 1;
  }

  /** A tensor that is in memory before the first stage. */
  source(name: string, floats: number, source: Place): NodeId {
    return (
      this.nodes.push({ name, inputs: [], floats, keep: "always", ready: 0, cost: floats, source, emit: nothing }) - 1
    );
  }

  sink(spec: SinkSpec): SinkId {
    const stage = Math.max(0, ...spec.inputs.map((id) => this.nodeAt(id).ready), this.stageAfter(spec.after));
    return this.sinks.push({ ...spec, stage }) - 1;
  }

  /** A task that runs at the end of the first stage in which all sinks and tasks that it waits for are done. */
  task(task: Task, waitsFor: WaitsFor): TaskId {
    const { sinks = [], tasks = [], stage: earliest = beforeAll } = waitsFor;
    const stage = Math.max(
      earliest,
      ...sinks.map((id) => this.sinks[id]?.stage ?? beforeAll),
      ...tasks.map((id) => this.tasks[id]?.stage ?? beforeAll),
    );
    return this.tasks.push({ task, stage }) - 1;
  }

  get lastStage(): number {
    return Math.max(0, ...this.sinks.map(({ stage }) => stage));
  }

  nodeAt(id: NodeId): FlowNode {
    const node = this.nodes[id];
    if (node === undefined) throw new RangeError(`there is no node ${id}`);
    return node;
  }

  private stageAfter(tasks: readonly TaskId[] = []): number {
    return Math.max(0, ...tasks.map((id) => (this.tasks[id]?.stage ?? beforeAll) + 1));
  }
}

function nothing(): void {
  // A source is there already.
}

/** A sum that is written straight into the memory of a kept term is kept in its place. */
function keepOf(spec: NodeSpec, inputs: readonly FlowNode[], cost: number): "always" | "never" {
  if (spec.hosting?.kind === "inside") return "never";
  const replaces =
    spec.hosting?.kind === "sum" && inputs.some(({ keep, source }) => keep === "always" && source === undefined);
  return replaces || cost > costLimit * spec.floats ? "always" : "never";
}
