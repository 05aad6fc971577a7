/** One thread of a session: carries out plans together with the others. */
import type { Kernels } from "../kernels.js";
import { instantiateKernels } from "../load-kernels.js";
import type { Plan } from "../plan.js";
import { runTask, type RunSettings, type Task, type TaskContext } from "../tasks/task.js";
import { Barrier } from "./barrier.js";
import { bindCalls, runCalls, type AnyKernel, type BoundCalls } from "./calls.js";
import { hostKernels, type HostKernels, type HostRun } from "./host-kernels.js";

/** What a thread is started with. */
export interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  readonly index: number;
  readonly threads: number;
}

/** Where a plan's memory lies; differs from session to session only. */
export interface RunMemory {
  /** Of thread 0; the others' follow. */
  readonly scratch: { readonly begin: number; readonly stride: number };
  readonly slots: { readonly begin: number; readonly stride: number; readonly count: number };
  readonly batch: number;
  /** Doubles: a time stamp, then the milliseconds that each stage has taken. */
  readonly times: number;
}

export interface Run {
  readonly plan: number;
  readonly memory: RunMemory;
  readonly settings: RunSettings;
}

/** A plan whose kernels are those of this thread. */
interface BoundPlan {
  readonly plan: Plan;
  readonly stages: readonly BoundCalls[];
}

export class Thread {
  private readonly barrier: Barrier;
  private readonly kernels: Kernels;
  private readonly plans = new Map<number, BoundPlan>();
  private readonly host: HostKernels;
  private current: HostRun | undefined;

  constructor(private readonly start: ThreadStart) {
    this.barrier = new Barrier(start.control, start.threads);
    this.kernels = instantiateKernels(start.module, start.memory);
    this.host = hostKernels(this.kernels, () => {
      if (this.current === undefined) throw new RangeError("no run has begun");
      return this.current;
    });
  }

  install(plan: Plan): void {
    const kernels = { ...this.kernels, ...this.host } as unknown as Readonly<Record<string, AnyKernel>>;
    this.plans.set(plan.id, { plan, stages: plan.stages.map(({ calls }) => bindCalls(calls, kernels)) });
  }

  /** Returns when all threads have carried out the whole plan. */
  run({ plan: id, memory, settings }: Run): void {
    const bound = this.plans.get(id);
    if (bound === undefined) throw new RangeError(`plan ${id} is not installed`);
    // Views are made anew for each run: the memory may have grown.
    const views = viewsOf(this.start.memory);
    const context: TaskContext = { ...views, settings, kernels: this.kernels, slots: memory.slots };
    this.current = context;
    const { plan } = bound;
    this.share(plan.prologue, context);
    this.barrier.meet(() => {
      for (const task of plan.begin) runTask(task, context);
      stamp(memory, undefined, context);
    });
    for (const [index, stage] of plan.stages.entries()) {
      this.runStage(bound.stages[index] ?? [], index, memory, context);
      this.barrier.meet(() => {
        for (const task of stage.tasks) runTask(task, context);
        stamp(memory, index, context);
      });
    }
    this.share(plan.epilogue, context);
    this.barrier.meet(() => undefined);
  }

  /** Every thread takes tasks until none is left. */
  private share(tasks: readonly Task[], context: TaskContext): void {
    for (let at = this.barrier.takeChunk(); at < tasks.length; at = this.barrier.takeChunk()) {
      const task = tasks[at];
      if (task) runTask(task, context);
    }
  }

  /**
   * Every thread takes chunks of the batch until none is left. A chunk has accumulators of its own, so that results do not depend
   * on which thread worked on it, nor on how many there are.
   */
  private runStage(calls: BoundCalls, stage: number, memory: RunMemory, context: TaskContext): void {
    const { size } = context.settings;
    const { slots, scratch, batch } = memory;
    for (let chunk = this.barrier.takeChunk(); chunk < slots.count; chunk = this.barrier.takeChunk()) {
      const slot = slots.begin + chunk * slots.stride;
      if (stage === 0) this.kernels.fill(slots.stride / 4, 0, slot);
      const begin = Math.floor((size * chunk) / slots.count);
      const end = Math.floor((size * (chunk + 1)) / slots.count);
      const bases = { scratch: scratch.begin + this.start.index * scratch.stride, slot, batch };
      if (end > begin) runCalls(calls, begin, end, bases, context);
    }
  }
}

/** Adds the time since the last stamp to a stage's. Threads have clocks of their own, with a common origin. */
function stamp({ times }: RunMemory, stage: number | undefined, { float64 }: TaskContext): void {
  const now = performance.timeOrigin + performance.now();
  const at = times / 8 + 1 + (stage ?? 0);
  if (stage !== undefined) float64[at] = (float64[at] ?? 0) + now - (float64[times / 8] ?? now);
  float64[times / 8] = now;
}

function viewsOf({ buffer }: WebAssembly.Memory): Pick<TaskContext, "float32" | "float64" | "int32"> {
  return { float32: new Float32Array(buffer), float64: new Float64Array(buffer), int32: new Int32Array(buffer) };
}
