/**
 * Runs marked programs in workers. A worker serves one program at a time; one that is over its deadline and
 * does not stop by itself is ended and replaced.
 */
import type { RunOutcome, RunRequest } from "./protocol.js";
import { SandboxWorker, type WorkerOptions } from "./sandbox-worker.js";

export interface SandboxRunner {
  /**
   * Runs a program. Rejects only when `signal` is aborted (with its reason) or the worker breaks down for a
   * reason that is not the program's (its bundle is missing, say).
   */
  run(request: RunRequest, signal?: AbortSignal): Promise<RunOutcome>;
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

interface Job {
  readonly request: RunRequest;
  readonly signal: AbortSignal | undefined;
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

  run(request: RunRequest, signal?: AbortSignal): Promise<RunOutcome> {
    return new Promise((resolve, reject) => {
      const job: Job = { request, signal, resolve, reject };
      const giveUp = (): void => {
        const at = this.queue.indexOf(job);
        if (at !== -1) this.queue.splice(at, 1);
        reject(signal?.reason as Error);
      };
      if (signal?.aborted) {
        giveUp();
        return;
      }
      signal?.addEventListener("abort", giveUp, { once: true });
      this.queue.push(job);
      this.next();
    });
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
    await Promise.all([...this.workers].map((worker) => worker.end()));
    this.workers.clear();
  }

  /** Gives waiting programs to idle workers. */
  private next(): void {
    while (this.queue.length > 0) {
      const worker = [...this.workers].find(({ isBusy, hasEnded }) => !isBusy && !hasEnded) ?? this.startAnother();
      const job = worker && this.queue.shift();
      if (!job) return;
      void this.serve(worker, job);
    }
  }

  private async serve(worker: SandboxWorker, { request, signal, resolve, reject }: Job): Promise<void> {
    try {
      resolve(await worker.run(request, signal));
    } catch (error) {
      reject(error);
    }
    if (worker.hasEnded) {
      this.workers.delete(worker);
      if (this.workers.size === 0 && !this.isDisposed) this.start();
    }
    this.next();
  }

  private startAnother(): SandboxWorker | undefined {
    for (const worker of this.workers) if (worker.hasEnded) this.workers.delete(worker);
    return !this.isDisposed && this.workers.size < (this.options.maxWorkers ?? 2) ? this.start() : undefined;
  }

  private start(): SandboxWorker {
    const worker = new SandboxWorker(this.options);
    this.workers.add(worker);
    return worker;
  }
}
