/** Does one job in this process. A job that was done before, or begun, is taken up where it stands. */
import { CliError, isCliError } from "../../errors.js";
import { makeFolder } from "../../output/atomic-file.js";
import { shownPath } from "../../output/paths.js";
import { InterruptedError } from "../../train/run/interrupt.js";
import { isLocked, lockFolder, untilFree } from "../../train/run/lock.js";
import type { RunTerminal } from "../../train/run/terminal.js";
import { rowFolder, stageFolder } from "../folder/files.js";
import type { SweepManifest } from "../folder/manifest.js";
import { finishRow } from "./finish-row.js";
import { requireUnchanged } from "../plan/sources.js";
import type { Job, JobOutcome } from "./job.js";
import { readStage, runStage } from "./run-stage.js";

export interface JobContext {
  /** The sweep's. */
  readonly folder: string;
  readonly manifest: SweepManifest;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Is shown what happens in a stage. */
  readonly terminal: RunTerminal;
  readonly version: string;
}

/** Never rejects: what goes wrong is the outcome. */
export async function runJob(job: Job, context: JobContext): Promise<JobOutcome> {
  const { folder, manifest, signal } = context;
  const place = job.kind === "stage" ? stageFolder(manifest.settings.store, job.key) : rowFolder(folder, job.row);
  let unlock: (() => void) | undefined;
  try {
    makeFolder(place);
    // Another sweep with the same store, or an earlier attempt of this job on a node that a cluster has lost sight of.
    await untilFree(place, signal);
    unlock = lockFolder(place);
    // What another text comes to must not be kept under the key of this one.
    requireUnchanged(manifest);
    requireStages(job, manifest);
    return job.kind === "stage" ? await runStage(job, place, context) : await finishRow(job, place, context);
  } catch (error) {
    if (signal.aborted || error instanceof InterruptedError) return { kind: "interrupted" };
    if (unlock !== undefined && !isLocked(place)) {
      const message = `${shownPath(place)} was deleted while the sweep wrote into it: leave the folder alone until the sweep has ended, and go on with the sweep.`;
      return { kind: "failed", message, retry: true };
    }
    const message = isCliError(error) ? error.message : `internal error: ${String(error)}`;
    return { kind: "failed", message, retry: true };
  } finally {
    unlock?.();
  }
}

/** Throws a `CliError` when the result of a stage that was over is not there any more. */
function requireStages(job: Job, { settings: { store } }: SweepManifest): void {
  const before = job.kind === "finish" ? job.stages : job.previous === undefined ? [] : [job.previous];
  const lost = before.map((key) => stageFolder(store, key)).find((folder) => readStage(folder) === undefined);
  if (lost === undefined) return;
  throw new CliError(
    `${shownPath(lost)} has lost the result of a stage that was over: leave the store alone until the sweep has ended, and go on with the sweep, which does the stage again.`,
  );
}
