/** The pieces of work that a sweep consists of. */
import { isPlain } from "../../../shared/dsl/plain-values.js";
import { CliError } from "../../errors.js";
import { readInput } from "../../input/files.js";
import { shownPath } from "../../output/paths.js";
import {
  isAbsentOr,
  isCount,
  isList,
  isRecord,
  isShaped,
  isText,
  isWord,
  parseJson,
} from "../../train/checkpoint/guards.js";
import type { StageMeasure } from "../events.js";
import type { Measured, RowParameters } from "../rows.js";

/** A stage of a recipe, or the end of a row: its last network is evaluated, exported and put into the row's folder. */
export type Job = StageJob | FinishJob;

interface JobBase {
  /** The stage's key; of the end of a row `row-<number>`. No two jobs of a sweep have the same. */
  readonly key: string;
  /** The row that it is done for; others may share it. */
  readonly row: number;
  /** Values for the model's parameters. */
  readonly param: RowParameters;
}

export interface StageJob extends JobBase {
  readonly kind: "stage";
  readonly name: string;
  /** In the recipe, from 0. */
  readonly index: number;
  /** Key of the stage before. */
  readonly previous?: string;
}

export interface FinishJob extends JobBase {
  readonly kind: "finish";
  /** Keys of all stages. */
  readonly stages: readonly string[];
}

/** What became of a job. */
export type JobOutcome =
  | { readonly kind: "done"; readonly seconds: number; readonly measured?: StageMeasure; readonly result?: Measured }
  /** `retry`: another attempt may end otherwise. */
  | { readonly kind: "failed"; readonly message: string; readonly retry: boolean }
  /** Its process or its machine is gone. */
  /** `byCluster`: what ran it has lost it, whatever the job did. */
  | { readonly kind: "lost"; readonly message: string; readonly byCluster?: boolean }
  | { readonly kind: "interrupted" };

/** The job that a job has to wait for; `undefined` for a first stage. */
export function prerequisiteOf(job: Job): string | undefined {
  return job.kind === "stage" ? job.previous : job.stages.at(-1);
}

/** The descriptions of jobs, one a line; lines without a job are empty. */
export function jobLines(jobs: readonly (Job | undefined)[]): string {
  return Array.from(jobs, (job) => `${job === undefined ? "" : JSON.stringify(job)}\n`).join("");
}

/** The job in a line of such a file, from 0. Throws a `CliError` when there is none. */
export function readJob(file: string, line: number): Job {
  const text = new TextDecoder().decode(readInput(file, maxJobsBytes)).split("\n")[line];
  const job = text === undefined ? undefined : parseJson(text, isJob);
  if (job !== undefined) return job;
  throw new CliError(
    `${shownPath(file)} has no job in its line ${line + 1}: go on with the sweep, which submits it anew.`,
  );
}

const maxJobsBytes = 1024 * 1024 * 1024;

const base = { key: isText, row: isCount, param: isRecord(isPlain) };

const isStageJob = isShaped<StageJob>({
  ...base,
  kind: isWord(["stage"]),
  name: isText,
  index: isCount,
  previous: isAbsentOr(isText),
});

const isFinishJob = isShaped<FinishJob>({ ...base, kind: isWord(["finish"]), stages: isList(isText) });

const isJob = (value: unknown): value is Job => isStageJob(value) || isFinishJob(value);
