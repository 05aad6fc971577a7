/** All threads of a session: one is the caller's own, several are workers. */
import { existsSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { CliError } from "../../../errors.js";
import type { KernelModule } from "../load-kernels.js";
import type { Plan } from "../plan.js";
import { Barrier, createControl } from "./barrier.js";
import type { FromWorker, ToWorker } from "./protocol.js";
import { Thread, type Run } from "./thread.js";

/** A thread makes hardly any objects: V8 would let each have sixteen megabytes of short-lived ones before it collects them. */
const resourceLimits = { maxYoungGenerationSizeMb: 2 };

export interface Team {
  readonly install: (plan: Plan) => void;
  /** Settles when the plan has been carried out; rejects, then and ever after, if a thread has failed. */
  readonly run: (run: Run) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** @param threads at least 1 */
export async function startTeam({ module }: KernelModule, memory: WebAssembly.Memory, threads: number): Promise<Team> {
  const control = createControl();
  if (threads === 1) return soloTeam(new Thread({ module, memory, control, index: 0, threads }));
  const workers = Array.from({ length: threads }, (_, index) => {
    const workerData = { module, memory, control, index, threads };
    return new Worker(workerFile(), { workerData, env: {}, execArgv: [], resourceLimits });
  });
  const team = new WorkerTeam(workers, new Barrier(control, threads));
  await team.ready();
  return team;
}

/** Without workers: a step keeps the caller busy until it is done. */
function soloTeam(thread: Thread): Team {
  return {
    install: (plan) => {
      thread.install(plan);
    },
    run: async (run) => {
      // What is on the caller's schedule (a signal, a timer) has its turn between steps.
      await new Promise((resolve) => setImmediate(resolve));
      thread.run(run);
    },
    close: () => Promise.resolve(),
  };
}

class WorkerTeam implements Team {
  private failure: Error | undefined;
  private isClosed = false;
  private waiting: { open: number; readonly resolve: () => void; readonly reject: (reason: Error) => void } | undefined;

  constructor(
    private readonly workers: readonly Worker[],
    private readonly barrier: Barrier,
  ) {
    for (const worker of workers) {
      worker.on("message", (message: FromWorker) => {
        if (message.type !== "failed") this.oneDone();
        // Those that only waited for the one that failed have nothing to add.
        else if (!message.isAborted) this.fail(message.message);
      });
      worker.on("error", ({ message }) => {
        this.fail(message);
      });
      worker.on("exit", (code) => {
        if (!this.isClosed) this.fail(`it ended with code ${code}`);
      });
    }
  }

  /** Settles when all workers have started. They do not keep the process alive while they wait. */
  async ready(): Promise<void> {
    await this.allWorkers();
    for (const worker of this.workers) worker.unref();
  }

  install(plan: Plan): void {
    this.post({ type: "install", plan });
  }

  async run(run: Run): Promise<void> {
    if (this.failure) throw this.failure;
    const done = this.allWorkers();
    for (const worker of this.workers) worker.ref();
    this.post({ type: "run", run });
    await done;
    for (const worker of this.workers) worker.unref();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.stop(new CliError("The training session was closed before the step was finished."));
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private post(message: ToWorker): void {
    for (const worker of this.workers) worker.postMessage(message);
  }

  private allWorkers(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting = { open: this.workers.length, resolve, reject };
    });
  }

  private oneDone(): void {
    if (!this.waiting || --this.waiting.open > 0) return;
    this.waiting.resolve();
    this.waiting = undefined;
  }

  private fail(reason: string): void {
    this.stop(new CliError(`A training thread failed (${reason}): the step cannot be finished, start again.`));
  }

  /** Nothing can be run any more. */
  private stop(failure: Error): void {
    this.failure ??= failure;
    this.barrier.abort();
    this.waiting?.reject(this.failure);
    this.waiting = undefined;
  }
}

/** The worker's bundle lies beside the bundle of whoever starts it; what runs from the sources finds it in `dist/`. */
function workerFile(): string {
  const name = "train-worker.cjs";
  const folders = [import.meta.dirname, path.resolve(import.meta.dirname, "../../../../dist")];
  const file = folders.map((folder) => path.join(folder, name)).find((candidate) => existsSync(candidate));
  if (file === undefined)
    throw new CliError(`${name} is missing: run \`npm run build\`, or install the package again.`);
  return file;
}
