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

export interface JobProcessOptions {
  readonly threads?: number;
}

/** Does the job with a key and writes its outcome beside its description; gives the exit code. */
export function sweepJob(
  folder: string,
  key: string,
  { threads }: JobProcessOptions,
  version: string,
): Promise<number> {
  return withInterrupt(async (signal) => {
    const place = path.resolve(folder);
    const manifest = readSweepManifest(place);
    const job = readJob(place, key);
    const terminal = createTerminal({ write: writeText, colors: createColors(false) });
    const outcome = await runJob(job, {
      folder: place,
      manifest,
      threads: threads ?? availableParallelism(),
      signal,
      terminal,
      version,
    });
    addOutcome(place, key, outcome);
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
