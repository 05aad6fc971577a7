/**
 * Runs marked programs in workers. A worker serves one program at a time; one that is over its deadline and
 * does not stop by itself is ended and replaced.
 */
import { Worker } from "node:worker_threads";
import { controlSlots, type RunOutcome, type RunRequest, type WorkerData } from "./protocol.js";

export interface SandboxRunner {
  /** Runs a program. Rejects only when `signal` is aborted (with its reason) or no worker can be started. */
  run(request: RunRequest, signal?: AbortSignal): Promise<RunOutcome>;
  /** Ends all workers. */
  dispose(): Promise<void>;
}

export interface RunnerOptions {
  /** The bundle of `worker.ts`: its path, or its text. */
  readonly worker: { readonly file: string } | { readonly code: string };
  /** The text of the bundle of `guest.ts`. */
  readonly guest: string;
  /** Most workers at a time. The first is started at once, others when all are busy. */
  readonly maxWorkers?: number;
}

/** How long after the deadline a worker may take to stop by itself. */
const graceMs = 100;
/** How long a worker may take to start, on a machine that is busy. */
const startMs = 20_000;

interface Job {
  readonly request: RunRequest;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (outcome: RunOutcome) => void;
  readonly reject: (reason: unknown) => void;
}

export function createSandboxRunner(options: RunnerOptions): SandboxRunner {
  return new Pool(options);
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
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const job: Job = { request, signal, resolve, reject };
      signal?.addEventListener("abort", () => {
        const at = this.queue.indexOf(job);
        if (at !== -1) this.queue.splice(at, 1);
        reject(signal.reason as Error);
      }, { once: true });
      this.queue.push(job);
      this.next();
    });
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
    await Promise.all([...this.workers].map((worker) => worker.end()));
  }

  private next(): void {
    while (this.queue.length > 0) {
      const idle = [...this.workers].find((worker) => !worker.isBusy) ?? this.startAnother();
      if (idle === undefined) return;
      const job = this.queue.shift();
      if (job) this.serve(idle, job);
    }
  }

  private serve(worker: SandboxWorker, job: Job): void {
    worker
      .run(job.request, job.signal)
      .then(job.resolve, job.reject)
      .finally(() => {
        if (worker.hasEnded) {
          this.workers.delete(worker);
          if (!this.isDisposed) this.start();
        }
        this.next();
      });
  }

  private startAnother(): SandboxWorker | undefined {
    return this.workers.size < (this.options.maxWorkers ?? 2) ? this.start() : undefined;
  }

  private start(): SandboxWorker {
    const worker = new SandboxWorker(this.options);
    this.workers.add(worker);
    return worker;
  }
}

class SandboxWorker {
  isBusy = false;
  hasEnded = false;
  private readonly control = new Int32Array(new SharedArrayBuffer(4 * controlSlots.count));
  private readonly worker: Worker;
  private isReady = false;

  constructor({ worker, guest }: RunnerOptions) {
    const workerData: WorkerData = { guest, control: this.control.buffer as SharedArrayBuffer };
    const settings = { workerData, env: {}, execArgv: [], stdin: false };
    this.worker = "code" in worker ? new Worker(worker.code, { ...settings, eval: true }) : new Worker(worker.file, settings);
    // An idle worker does not keep the process alive.
    this.worker.unref();
    this.worker.once("exit", () => {
      this.hasEnded = true;
    });
  }

  run(request: RunRequest, signal?: AbortSignal): Promise<RunOutcome> {
    this.isBusy = true;
    Atomics.store(this.control, controlSlots.cancel, 0);
    Atomics.store(this.control, controlSlots.noted, 0);
    const cancel = (): void => {
      Atomics.store(this.control, controlSlots.cancel, 1);
    };
    signal?.addEventListener("abort", cancel, { once: true });
    return new Promise<RunOutcome>((resolve, reject) => {
      const timer = setTimeout(
        () => {
          void this.end();
          const call = Atomics.load(this.control, controlSlots.noted);
          resolve({ kind: "timeout", logs: [], ...(call !== 0 && { call }) });
        },
        request.deadlineMs + graceMs + (this.isReady ? 0 : startMs),
      );
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        this.worker.removeAllListeners("message").removeAllListeners("error").unref();
        finish();
      };
      this.worker.ref();
      this.worker.once("message", (outcome: RunOutcome) => {
        this.isReady = true;
        settle(() => {
          resolve(outcome);
        });
      });
      this.worker.once("error", (error) => {
        this.hasEnded = true;
        settle(() => {
          reject(error);
        });
      });
      this.worker.postMessage(request);
    }).finally(() => {
      signal?.removeEventListener("abort", cancel);
      this.isBusy = false;
    });
  }

  async end(): Promise<void> {
    this.hasEnded = true;
    await this.worker.terminate();
  }
}
