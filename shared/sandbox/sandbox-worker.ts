/** One worker thread, seen from outside: one program at a time, with a deadline that holds. */
import { Worker } from "node:worker_threads";
import {
  controlSlots,
  workerStackMb,
  type CallsPart,
  type RunOutcome,
  type RunRequest,
  type WorkerData,
  type WorkerMessage,
} from "./protocol.js";

export interface WorkerOptions {
  /** The bundle of `worker.ts`: its path, or its text. */
  readonly worker: { readonly file: string } | { readonly code: string };
  /** The text of the bundle of `guest.ts`. */
  readonly guest: string;
}

/** What whoever has a program run wants to say, or to hear, before it ends. */
export interface RunListeners {
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
  /** Told of calls while the program runs: all but those that the outcome tells of. Must not throw. */
  readonly onCalls?: (part: CallsPart) => void;
}

/** How long after the deadline a worker may take to stop by itself: on a busy machine it is not asked at once. */
const graceMs = 250;

export class SandboxWorker {
  isBusy = false;
  hasEnded = false;
  /** A context waits for a program. */
  isWarm = false;
  hasRun = false;
  private readonly control = new SharedArrayBuffer(4 * controlSlots.count);
  private readonly slots = new Int32Array(this.control);
  private readonly worker: Worker;
  /** Settles when the first context is there; a worker that breaks down before rejects. */
  private readonly ready: Promise<void>;

  constructor({ worker, guest }: WorkerOptions) {
    const workerData: WorkerData = { guest, control: this.control };
    const settings = {
      workerData,
      env: {},
      execArgv: [],
      resourceLimits: { stackSizeMb: workerStackMb },
      eval: "code" in worker,
      // The interpreter's last words when it gives up are of no use to anyone.
      stdout: true,
      stderr: true,
    };
    this.worker = new Worker("code" in worker ? worker.code : worker.file, settings);
    this.worker.once("exit", () => {
      this.hasEnded = true;
    });
    this.ready = new Promise((resolve, reject) => {
      this.worker.on("message", ({ type }: WorkerMessage) => {
        if (type !== "ready") return;
        this.isWarm = true;
        resolve();
      });
      this.worker.once("error", reject);
      this.worker.once("exit", () => {
        reject(new Error("The sandbox's worker ended before it was ready."));
      });
    });
    // Whoever runs a program hears of it.
    this.ready.catch(() => undefined);
    this.worker.on("error", () => {
      this.hasEnded = true;
    });
    // An idle worker does not keep the process alive.
    this.worker.unref();
  }

  async run(request: RunRequest, { signal, onCalls }: RunListeners = {}): Promise<RunOutcome> {
    this.isBusy = true;
    this.worker.ref();
    Atomics.store(this.slots, controlSlots.cancel, 0);
    Atomics.store(this.slots, controlSlots.noted, 0);
    const cancel = (): void => {
      Atomics.store(this.slots, controlSlots.cancel, 1);
    };
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      await this.ready;
      this.isWarm = false;
      this.hasRun = true;
      return await this.outcome(request, onCalls);
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.worker.unref();
      this.isBusy = false;
    }
  }

  private outcome(request: RunRequest, onCalls: RunListeners["onCalls"]): Promise<RunOutcome> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.worker.off("message", receive).off("error", fail).off("exit", leave);
      };
      const receive = (message: WorkerMessage): void => {
        if (message.type === "calls") onCalls?.(message.part);
        if (message.type !== "outcome") return;
        settle();
        resolve(message.outcome);
      };
      const fail = (error: Error): void => {
        settle();
        reject(error);
      };
      const leave = (): void => {
        fail(new Error("The sandbox's worker was ended while a program was running."));
      };
      const timer = setTimeout(() => {
        settle();
        const call = Atomics.load(this.slots, controlSlots.noted);
        resolve({ kind: "timeout", logs: [], ...(call !== 0 && { call }) });
        void this.end();
      }, request.deadlineMs + graceMs);
      this.worker.on("message", receive).on("error", fail).on("exit", leave);
      this.worker.postMessage(request);
    });
  }

  async end(): Promise<void> {
    this.hasEnded = true;
    await this.worker.terminate();
  }
}
