/**
 * What became of a job that ran as a process of its own. Each attempt adds a line, so that one which is killed while it writes
 * leaves nothing but a line that nobody understands.
 */
import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { makeFolder, writeProblem } from "../../output/atomic-file.js";
import { isShaped, isWord, parseJson } from "../../train/checkpoint/guards.js";
import { outcomeFile } from "../folder/files.js";
import type { JobOutcome } from "./job.js";

/** Throws a `CliError` when the disk is full. */
export function addOutcome(folder: string, key: string, outcome: JobOutcome): void {
  const file = outcomeFile(folder, key);
  makeFolder(path.dirname(file));
  try {
    // What stands before may be half a line.
    appendFileSync(file, `\n${JSON.stringify(outcome)}\n`, { flush: true });
  } catch (error) {
    throw writeProblem(error, file);
  }
}

/** That of an attempt which has done the job, else of the last one; `undefined` while there is none. */
export function readOutcome(folder: string, key: string): JobOutcome | undefined {
  const file = outcomeFile(folder, key);
  if (!existsSync(file)) return undefined;
  const outcomes = readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => parseJson(line, isJobOutcome) ?? []);
  return outcomes.find(({ kind }) => kind === "done") ?? outcomes.at(-1);
}

/** Before a job is handed over anew. */
export function forgetOutcome(folder: string, key: string): void {
  rmSync(outcomeFile(folder, key), { force: true });
}

/** Only what is read before a result is settled: the file is written by this program. */
const isJobOutcome = (value: unknown): value is JobOutcome =>
  isShaped<Pick<JobOutcome, "kind">>({ kind: isWord(["done", "failed", "lost", "interrupted"]) })(value);
