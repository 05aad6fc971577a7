/** Which files a sweep's folder has, and where they lie. */
import { existsSync } from "node:fs";
import path from "node:path";
import { CliError } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import { newWorkFolder } from "../../train/run/work-folder.js";

export const sweepFiles = {
  manifest: "sweep.json",
  rows: "rows.jsonl",
  events: "events.jsonl",
  /** Asks the process that works in the folder to end; see `cancel`. */
  cancel: "cancel",
  report: "report.html",
  json: "results.json",
  csv: "results.csv",
  ods: "results.ods",
} as const;

/** Files of a row, relative to its folder. */
export const rowFiles = {
  row: "row.json",
  events: "events.jsonl",
  weights: "model.safetensors",
  onnx: "model.onnx",
  evaluation: "evaluation.json",
  report: "report.html",
  /** Written last: a row with this file is over. */
  result: "result.json",
} as const;

/** Written last in a stage's folder: a stage with this file is over. */
export const doneFile = "done.json";

/** Where the folders of rows are. */
export function rowsFolder(folder: string): string {
  return path.join(folder, "rows");
}

/** The folder of a row. */
export function rowFolder(folder: string, row: number): string {
  return path.join(rowsFolder(folder), String(row).padStart(4, "0"));
}

/** The folder of a stage's results; two letters divide what would be too many entries for one folder. */
export function stageFolder(store: string, key: string): string {
  return path.join(store, key.slice(0, 2), key);
}

/** What became of a job that ran as a process of its own, a line each time. */
export function outcomeFile(folder: string, key: string): string {
  return path.join(folder, "jobs", `${key}.outcome.jsonl`);
}

/** Where a new sweep is to be. Nothing is made yet. Throws a `CliError` when there is a sweep in it already. */
export function newSweepFolder(out: string | undefined, model: string): string {
  const folder = newWorkFolder(out, "sweeps", model);
  requireNoSweep(folder);
  return folder;
}

/** Throws a `CliError` when there is a sweep in a folder: again once it is locked, since another process may have been faster. */
export function requireNoSweep(folder: string): void {
  if (!existsSync(path.join(folder, sweepFiles.manifest))) return;
  throw new CliError(
    `${shownPath(folder)} has a sweep in it: choose another folder, or go on with it by quantlens sweep resume ${shownPath(folder)}.`,
  );
}
