/** A worker process of a local sweep: does one job after another until its sweep has gone away. */
import { exitCodes } from "../../errors.js";
import { InterruptedError } from "../../train/run/interrupt.js";
import { readSweepManifest } from "../folder/manifest.js";
import { jobTerminal } from "../jobs/job-terminal.js";
import { runJob } from "../jobs/run-job.js";
import type { FromWorker, ToWorker } from "./worker-protocol.js";

/** Works on the sweep in a folder for the process that has forked this one; resolves when that has gone away. */
export function work(folder: string, version: string): Promise<number> {
  const manifest = readSweepManifest(folder);
  let stop: AbortController | undefined;
  const send = (message: FromWorker): void => {
    // A channel that breaks ends in "disconnect" below.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const abort = (): void => stop?.abort(new InterruptedError("the sweep was interrupted"));
  // A terminal sends Ctrl-C to the workers as well: their sweep tells them what to do.
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => undefined);
  const start = async ({ job, threads }: Extract<ToWorker, { kind: "job" }>): Promise<void> => {
    stop = new AbortController();
    const terminal = jobTerminal(job, (event) => {
      send({ kind: "event", event, peakBytes: peakBytes() });
    });
    const outcome = await runJob(job, { folder, manifest, threads, signal: stop.signal, terminal, version });
    stop = undefined;
    send({ kind: "outcome", outcome, peakBytes: peakBytes() });
  };
  process.on("message", (message: ToWorker) => {
    if (message.kind === "stop") abort();
    else void start(message);
  });
  send({ kind: "ready" });
  return new Promise((resolve) => {
    process.once("disconnect", () => {
      abort();
      resolve(exitCodes.clean);
    });
  });
}

/** Node tells kibibytes. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
