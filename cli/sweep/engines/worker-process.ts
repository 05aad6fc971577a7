/** A worker process, seen from its sweep. */
import { fork, type ChildProcess } from "node:child_process";
import path from "node:path";
import type { Job, JobOutcome } from "../jobs/job.js";
import type { EngineContext } from "./engine.js";
import type { FromWorker, ToWorker } from "./worker-protocol.js";

export interface WorkerProcess {
  /** From 1. */
  readonly number: number;
  /** Does a job; `lost` when the process ends before it is over. */
  readonly run: (job: Job, threads: number) => Promise<JobOutcome>;
  readonly isAlive: () => boolean;
  /** Most memory that it has had. */
  readonly peakBytes: () => number;
  /** Has it end its job in order. */
  readonly stop: () => void;
  /** Lets it go when it has no job. */
  readonly end: () => void;
  /** Ends it at once. */
  readonly kill: () => void;
}

/** The last words of a process that ends unexpectedly. */
const keptErrorBytes = 4096;

export function startWorker(
  number: number,
  { folder, report }: Pick<EngineContext, "folder" | "report">,
): WorkerProcess {
  const child = fork(path.join(import.meta.dirname, "cli.cjs"), ["sweep", "work", folder], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let alive = true;
  let peak = 0;
  let errors = "";
  let settle: ((outcome: JobOutcome) => void) | undefined;
  const finish = (outcome: JobOutcome): void => {
    settle?.(outcome);
    settle = undefined;
  };
  child.stderr?.on("data", (text: Buffer) => {
    errors = (errors + text.toString()).slice(-keptErrorBytes);
  });
  const ready = new Promise<void>((resolve) => {
    child.once("message", () => {
      resolve();
    });
  });
  child.on("message", (message: FromWorker) => {
    if (message.kind === "ready") return;
    peak = message.peakBytes;
    if (message.kind === "event") report(message.event);
    else finish(message.outcome);
  });
  const gone = (reason: string): void => {
    alive = false;
    finish({ kind: "lost", message: `its process ${reason}${errors === "" ? "" : `: ${errors.trim()}`}` });
  };
  child.once("error", (error) => {
    gone(`could not be started or reached (${error.message})`);
  });
  child.once("exit", (code, signal) => {
    gone(signal === null ? `ended with exit code ${code ?? 0}` : `was killed by ${signal}`);
  });
  return {
    number,
    isAlive: () => alive,
    peakBytes: () => peak,
    run: (job, threads) =>
      new Promise((resolve) => {
        settle = resolve;
        if (!alive) gone("had ended before");
        void ready.then(() => {
          post(child, { kind: "job", job, threads });
        });
      }),
    stop: () => {
      if (alive) post(child, { kind: "stop" });
    },
    end: () => {
      if (child.connected) child.disconnect();
    },
    kill: () => {
      child.kill("SIGKILL");
    },
  };
}

/** What cannot be sent ends in "exit". */
function post(child: ChildProcess, message: ToWorker): void {
  child.send(message, () => undefined);
}
