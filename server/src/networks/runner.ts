/** Runs jobs on whole networks in threads of their own: neither typing nor the editor waits for a large file. */
import path from "node:path";
import { Worker } from "node:worker_threads";
import type { NoAnswer } from "../../../shared/network-messages.js";
import type { JobAnswers, NetworkJob } from "./jobs.js";

export type RunNetworkJob = <J extends NetworkJob>(job: J) => Promise<JobAnswers[J["kind"]] | NoAnswer>;

export interface JobLimits {
  readonly deadlineMs: number;
  /** Of JavaScript's own memory; the bytes of files are not in it, and limited by `readOnnx`. */
  readonly heapMb: number;
}

/** 100 MB take about a second: what takes longer than this was made to. */
const usualLimits: JobLimits = { deadlineMs: 60_000, heapMb: 2048 };

/** `folder` holds the bundle of `worker.ts`. A job that breaks down or takes too long answers with a sentence. */
export function networkJobs(folder: string, { deadlineMs, heapMb }: JobLimits = usualLimits): RunNetworkJob {
  const file = path.join(folder, "network-worker.cjs");
  return (job) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(file, {
        workerData: job,
        env: {},
        execArgv: [],
        resourceLimits: { maxOldGenerationSizeMb: heapMb },
        // V8's last words when memory is short are of no use to anyone.
        stdout: true,
        stderr: true,
      });
      const timer = setTimeout(() => {
        resolve({ problem: `It takes longer than ${deadlineMs / 1000} s to read: is it a network?` });
        void worker.terminate();
      }, deadlineMs);
      worker.once("message", resolve);
      worker.once("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ERR_WORKER_OUT_OF_MEMORY") {
          resolve({ problem: `It needs more than ${heapMb} MB of memory to read: is it a network?` });
        } else {
          reject(error);
        }
      });
      worker.once("exit", () => {
        clearTimeout(timer);
        reject(new Error("The thread for networks ended without an answer."));
      });
    });
}
