/** One job as a process of its own: what queues of clusters run. */
import path from "node:path";
import { availableParallelism } from "node:os";
import { exitCodes } from "../../errors.js";
import { write, writeMessage } from "../../output/streams.js";
import { withInterrupt } from "../../train/run/interrupt.js";
import { createTerminal } from "../../train/run/terminal.js";
import { createColors } from "../../output/colors.js";
import { readSweepManifest } from "../folder/manifest.js";
import { readJob } from "./job.js";
import { addOutcome } from "./outcome-file.js";
import { runJob } from "./run-job.js";

/** A batch system keeps what a job prints. */
function writeText(text: string): void {
  write("stderr", text);
}

/** See `readJob`. */
export interface JobPlace {
  readonly file: string;
  /** From 0. */
  readonly line: number;
}

export interface JobProcessOptions {
  readonly threads?: number;
}

/** Does the job in a line of a file and writes its outcome into the sweep's folder; gives the exit code. */
export function sweepJob(
  folder: string,
  { file, line }: JobPlace,
  { threads }: JobProcessOptions,
  version: string,
): Promise<number> {
  return withInterrupt(async (signal) => {
    const place = path.resolve(folder);
    const manifest = readSweepManifest(place);
    const job = readJob(file, line);
    const terminal = createTerminal({ write: writeText, colors: createColors(false) });
    const outcome = await runJob(job, {
      folder: place,
      manifest,
      threads: threads ?? availableParallelism(),
      signal,
      terminal,
      version,
    });
    addOutcome(place, job.key, outcome);
    switch (outcome.kind) {
      case "done":
        return exitCodes.clean;
      case "interrupted":
        return exitCodes.interrupted;
      case "failed":
      case "lost":
        writeMessage(`quantlens: ${outcome.message}`);
        return exitCodes.findings;
    }
  });
}
