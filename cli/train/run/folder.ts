/** The folder of a run: which files it has, and how it is begun and found again. */
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { isPlain } from "../../../shared/dsl/plain-values.js";
import { CliError } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import { flavors, runners } from "../../options.js";
import {
  isAbsentOr,
  isCount,
  isFlag,
  isNumber,
  isRecord,
  isShaped,
  isText,
  isWord,
  type Guard,
} from "../checkpoint/guards.js";
import type { StagePlan } from "./plan.js";
import { calibrationMethods } from "../calibrate/thresholds.js";
import type { RunSettings } from "./settings.js";
import { backendNames } from "./backends.js";
import { isSchema1, manifestFile, newWorkFolder } from "./work-folder.js";

/** Files in a run's folder, by what is in them. */
export const runFiles = {
  manifest: "run.json",
  events: "events.jsonl",
  checkpoint: "last.safetensors",
  report: "report.json",
  evaluation: "evaluation.json",
  tensorboard: "tensorboard",
} as const;

/** What a run is; written when it begins and never changed. */
export interface RunManifest {
  readonly schema: 1;
  readonly tool: string;
  /** `file` is absolute. */
  readonly model: { readonly name: string; readonly file: string; readonly sha256: string };
  readonly fingerprint: string;
  /** What the model file says about its data. */
  readonly source: unknown;
  readonly data: DataSummary;
  readonly settings: RunSettings;
  readonly stages: readonly StagePlan[];
}

export interface DataSummary {
  readonly name: string;
  readonly classes: number;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/**
 * Where a new run is to be: `out`, or `runs/<model>-<number>` with the next free number. Nothing is made yet. Throws a
 * `CliError` when there is something in it already.
 */
export function newRunFolder(out: string | undefined, model: string): string {
  const folder = newWorkFolder(out, "runs", model);
  if (existsSync(path.join(folder, runFiles.manifest))) {
    throw new CliError(
      `${shownPath(folder)} has a run in it: choose another folder, or go on with it by --resume ${shownPath(folder)}.`,
    );
  }
  if (existsSync(folder) && (!statSync(folder).isDirectory() || readdirSync(folder).length > 0)) {
    throw new CliError(`${shownPath(folder)} is not an empty folder: choose another folder for the run.`);
  }
  return folder;
}

/** Where the files of a stage lie, relative to the run's folder. `round`: of a stage that prunes in several steps. */
export function stageFile(
  place: { readonly attempt: number; readonly stage: Pick<StagePlan, "position" | "kind">; readonly round?: number },
  name: "start" | "pruned" | "last" | "best",
): string {
  const { attempt, stage, round } = place;
  return [
    ...(attempt > 1 ? [`attempt-${attempt}`] : []),
    "stages",
    `${stage.position}-${stage.kind}`,
    ...(round === undefined ? [] : [`round-${round}`]),
    `${name}.safetensors`,
  ].join("/");
}

const isSettings = isShaped<RunSettings>({
  command: isWord(["train", "prune", "finetune"]),
  stage: isAbsentOr(isCount),
  stages: isAbsentOr(isCount),
  finetune: isAbsentOr(isFlag),
  data: isAbsentOr(isText),
  backend: isWord(backendNames),
  threads: isCount,
  epochs: isAbsentOr(isCount),
  limitFrames: isAbsentOr(isCount),
  untilAccuracy: isAbsentOr(isNumber),
  seed: isAbsentOr(isCount),
  restarts: isCount,
  from: isAbsentOr(isText),
  calibrate: isAbsentOr(isWord(calibrationMethods)),
  freezeAfter: isAbsentOr(isCount),
  validation: isAbsentOr(isNumber),
  teacher: isAbsentOr(isShaped<NonNullable<RunSettings["teacher"]>>({ checkpoint: isText, model: isText })),
  tensorboard: isFlag,
  flavor: isWord(flavors),
  run: isWord(runners),
  param: isAbsentOr(isRecord(isPlain)),
});

const isAnything: Guard<unknown> = (value): value is unknown => value !== undefined;

/** Stages are not looked into: a resumed run compares them with those that it makes itself. */
const isStages: Guard<readonly StagePlan[]> = (value): value is readonly StagePlan[] => Array.isArray(value);

const isManifest = isShaped<RunManifest>({
  schema: isSchema1,
  tool: isText,
  model: isShaped<RunManifest["model"]>({ name: isText, file: isText, sha256: isText }),
  fingerprint: isText,
  source: isAnything,
  data: isShaped<DataSummary>({ name: isText, classes: isCount, train: isCount, validation: isCount, test: isCount }),
  settings: isSettings,
  stages: isStages,
});

/** What the run in a folder is; see `ManifestFile`. */
export const { read: readManifest, write: writeManifest } = manifestFile(runFiles.manifest, "run", isManifest);
