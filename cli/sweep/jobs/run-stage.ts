/** A stage of a recipe as a job: a run that begins with the last checkpoint of the stage before. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { withoutUndefined } from "../../../shared/dsl/options.js";
import { linkOrCopy, writeFileAtomic } from "../../output/atomic-file.js";
import type { StageRecord } from "../../train/checkpoint/state.js";
import { isCount, isNumber, isShaped, parseJson, type Guard } from "../../train/checkpoint/guards.js";
import { decisive } from "../../train/run/context.js";
import { runFiles } from "../../train/run/folder.js";
import { executeRun } from "../../train/run/run.js";
import type { RunSettings } from "../../train/run/settings.js";
import type { StageMeasure } from "../events.js";
import { doneFile, stageFolder } from "../folder/files.js";
import type { SweepSettings } from "../folder/manifest.js";
import type { JobOutcome, StageJob } from "./job.js";
import type { JobContext } from "./run-job.js";

/** What a stage came to. */
export interface StageResult {
  readonly schema: 1;
  readonly record: StageRecord;
  /** Training and evaluation, of all attempts. */
  readonly seconds: number;
}

/** Runs a stage in its folder of the store, whose lock is held. Throws a `CliError`. */
export async function runStage(job: StageJob, folder: string, context: JobContext): Promise<JobOutcome> {
  const known = readStage(folder);
  const { flavor, store } = context.manifest.settings;
  if (known !== undefined) return { kind: "done", seconds: 0, measured: measureOf(known.record, flavor) };
  if (job.previous !== undefined) takeOver(stageFolder(store, job.previous), folder);
  const { report, message } = await executeRun({
    folder,
    claim: () => undefined,
    settings: runSettings(job, context),
    file: context.manifest.model.file,
    resumed: existsSync(path.join(folder, runFiles.manifest)),
    version: context.version,
    signal: context.signal,
    terminal: context.terminal,
  });
  if (report.status === "interrupted") return { kind: "interrupted" };
  const record = report.stages[job.index];
  if (report.status === "diverged" || record === undefined) {
    return { kind: "failed", message: message ?? "The run ended without a result.", retry: false };
  }
  const result: StageResult = { schema: 1, record, seconds: report.seconds };
  writeFileAtomic(path.join(folder, doneFile), `${JSON.stringify(result)}\n`);
  return { kind: "done", seconds: report.seconds, measured: measureOf(record, flavor) };
}

/** The settings of a run of the recipe's first stages. */
function runSettings({ index, param }: StageJob, { manifest, threads }: JobContext): RunSettings {
  const { run, backend, flavor, ...others } = manifest.settings;
  const { data, epochs, limitFrames, untilAccuracy, seed, freezeAfter, validation } = others;
  return {
    ...{ command: "train", stages: index + 1, param, run, backend, flavor, threads, restarts: 0, tensorboard: false },
    ...withoutUndefined({ data, epochs, limitFrames, untilAccuracy, seed, freezeAfter, validation }),
  };
}

/** Begins with the checkpoint at the end of the stage before, unless the stage has one of its own already. */
function takeOver(before: string, folder: string): void {
  const target = path.join(folder, runFiles.checkpoint);
  if (!existsSync(target)) linkOrCopy(path.join(before, runFiles.checkpoint), target);
}

/** The result in a stage's folder; `undefined` when the stage is not over. */
export function readStage(folder: string): StageResult | undefined {
  const file = path.join(folder, doneFile);
  return existsSync(file) ? parseJson(readFileSync(file, "utf8"), isStageResult) : undefined;
}

const isSchema: Guard<1> = (value): value is 1 => value === 1;

/** Only what is read from it is looked at: the file lies in a folder that nobody else writes to. */
const isRecord: Guard<StageRecord> = (value): value is StageRecord =>
  isShaped<Pick<StageRecord, "position" | "files">>({
    position: isCount,
    files: (files): files is StageRecord["files"] => typeof files === "object" && files !== null,
  })(value);

const isStageResult = isShaped<StageResult>({ schema: isSchema, record: isRecord, seconds: isNumber });

/** A stage's record as tables show it. */
export function measureOf(record: StageRecord, flavor: SweepSettings["flavor"]): StageMeasure {
  const { accuracy, bestAccuracy, pruned, network } = record;
  const beforeTuning = pruned.at(-1)?.accuracy;
  const best = Math.max(accuracy.test ?? 0, bestAccuracy.test ?? 0);
  return {
    accuracy: decisive(accuracy),
    ...network.cost[flavor],
    density: network.density,
    ...(accuracy.test !== undefined && { test: accuracy.test, best }),
    ...(beforeTuning && { pruned: decisive(beforeTuning) }),
  };
}
