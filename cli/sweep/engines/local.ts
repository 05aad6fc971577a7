/** The engine `local`: worker processes on this machine. */
import { availableParallelism } from "node:os";
import type { Job, JobOutcome } from "../jobs/job.js";
import type { Engine, EngineContext, Schedule } from "./engine.js";
import { memoryGuard } from "./memory.js";
import { startWorker, type WorkerProcess } from "./worker-process.js";

export interface LocalOptions {
  /** Jobs at once. */
  readonly workers: number;
  /** Threads of each job. Absent: what the cores are enough for. */
  readonly threads?: number;
}

export function localEngine(options: LocalOptions): Engine {
  return {
    name: "local",
    workers: options.workers,
    run: (schedule, context) => new LocalRun(options, schedule, context).run(),
  };
}

class LocalRun {
  private readonly idle: WorkerProcess[] = [];
  private readonly all = new Set<WorkerProcess>();
  private readonly running = new Map<Job, Promise<void>>();
  private readonly memory;

  constructor(
    private readonly options: LocalOptions,
    private readonly schedule: Schedule,
    private readonly context: EngineContext,
  ) {
    this.memory = memoryGuard((message) => {
      context.report({ event: "warning", message });
    });
    context.atExit(() => {
      for (const worker of this.all) worker.kill();
    });
  }

  async run(): Promise<void> {
    const { signal } = this.context;
    const stop = (): void => {
      for (const worker of this.all) worker.stop();
    };
    signal.addEventListener("abort", stop);
    try {
      while (!signal.aborted) {
        const job = await this.next();
        if (job === "done") break;
        if (job === "wait") await Promise.race(this.running.values());
        else this.start(job);
      }
      await Promise.all(this.running.values());
    } finally {
      signal.removeEventListener("abort", stop);
      for (const worker of this.all) worker.end();
    }
  }

  /** The next job when there is room for one. */
  private async next(): Promise<Job | "wait" | "done"> {
    const room = Math.min(this.options.workers, this.memory.jobsAtOnce());
    if (this.running.size >= room) return "wait";
    return this.schedule.take();
  }

  private start(job: Job): void {
    const worker = this.idle.pop() ?? this.newWorker();
    const done = this.work(job, worker).finally(() => this.running.delete(job));
    this.running.set(job, done);
  }

  private async work(job: Job, worker: WorkerProcess): Promise<void> {
    this.schedule.started(job, worker.number);
    const cores = availableParallelism();
    const threads = Math.min(cores, this.options.threads ?? Math.max(1, Math.floor(cores / this.options.workers)));
    const outcome = await worker.run(job, threads);
    this.memory.measured(worker.peakBytes());
    if (worker.isAlive()) this.idle.push(worker);
    else {
      this.all.delete(worker);
      this.memory.lost(this.running.size);
    }
    this.schedule.settle(job, this.context.signal.aborted ? settledByCtrlC(outcome) : outcome, worker.number);
  }

  private newWorker(): WorkerProcess {
    const numbers = new Set([...this.all].map(({ number }) => number));
    let number = 1;
    while (numbers.has(number)) number++;
    const worker = startWorker(number, this.context);
    this.all.add(worker);
    return worker;
  }
}

/** A worker that Ctrl-C has ended with the others did not fail. */
function settledByCtrlC(outcome: JobOutcome): JobOutcome {
  return outcome.kind === "lost" ? { kind: "interrupted" } : outcome;
}
