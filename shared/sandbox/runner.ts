/**
 * Runs marked programs in workers. A worker serves one program at a time; one that is over its deadline and
 * does not stop by itself is ended and replaced.
 */
import type { RunOutcome, RunRequest } from "./protocol.js";
import { SandboxWorker, type RunListeners, type WorkerOptions } from "./sandbox-worker.js";

export interface SandboxRunner {
  /**
   * Runs a program. Rejects only when the listeners' `signal` is aborted (with its reason) or the worker breaks down for a
   * reason that is not the program's (its bundle is missing, say).
   */
  run(request: RunRequest, listeners?: RunListeners): Promise<RunOutcome>;
  /** Ends all workers; programs that are running are not answered. */
  dispose(): Promise<void>;
}

export interface RunnerOptions extends WorkerOptions {
  /** Most workers at a time. The first is started at once, others when all are busy. */
  readonly maxWorkers?: number;
}

export function createSandboxRunner(options: RunnerOptions): SandboxRunner {
  return new Pool(options);
}

function disposed(): Error {
  return new Error("The sandbox has been disposed of.");
}

interface Job {
  readonly request: RunRequest;
  readonly listeners: RunListeners;
  readonly resolve: (outcome: RunOutcome) => void;
  readonly reject: (reason: unknown) => void;
}

class Pool implements SandboxRunner {
  private readonly workers = new Set<SandboxWorker>();
  private readonly queue: Job[] = [];
  private isDisposed = false;

  constructor(private readonly options: RunnerOptions) {
    this.start();
  }

  async run(request: RunRequest, listeners: RunListeners = {}): Promise<RunOutcome> {
    const { signal } = listeners;
    signal?.throwIfAborted();
    if (this.isDisposed) throw disposed();
    let giveUp: (() => void) | undefined;
    try {
      return await new Promise<RunOutcome>((resolve, reject) => {
        const job: Job = { request, listeners, resolve, reject };
        giveUp = () => {
          const at = this.queue.indexOf(job);
          if (at !== -1) this.queue.splice(at, 1);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener("abort", giveUp, { once: true });
        this.queue.push(job);
        this.next();
      });
    } finally {
      if (giveUp) signal?.removeEventListener("abort", giveUp);
    }
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
    for (const { reject } of this.queue.splice(0)) reject(disposed());
    await Promise.all([...this.workers].map((worker) => worker.end()));
    this.workers.clear();
  }

  /** Gives waiting programs to idle workers. */
  private next(): void {
    while (this.queue.length > 0) {
      const worker = this.idleWorker();
      const job = worker && this.queue.shift();
      if (!job) return;
      void this.serve(worker, job);
    }
  }

  /** One with a context ready if there is one; if it has to be made first, the next program finds a larger pool. */
  private idleWorker(): SandboxWorker | undefined {
    for (const worker of this.workers) if (worker.hasEnded) this.workers.delete(worker);
    const idle = [...this.workers].filter(({ isBusy }) => !isBusy);
    const best = idle.find(({ isWarm }) => isWarm) ?? idle[0];
    if (best !== undefined && (best.isWarm || !best.hasRun)) return best;
    const canGrow = this.workers.size < (this.options.maxWorkers ?? 2);
    const another = canGrow ? this.start() : undefined;
    return best ?? another;
  }

  private async serve(worker: SandboxWorker, { request, listeners, resolve, reject }: Job): Promise<void> {
    try {
      resolve(await worker.run(request, listeners));
    } catch (error) {
      reject(error);
    }
    if (worker.hasEnded) {
      this.workers.delete(worker);
      if (this.workers.size === 0 && !this.isDisposed) this.start();
    }
    this.next();
  }

  private start(): SandboxWorker {
    const worker = new SandboxWorker(this.options);
    this.workers.add(worker);
    return worker;
  }
}
