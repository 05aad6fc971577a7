/** `rows.jsonl`: the rows of a sweep, in the order in which they were thought of. Only ever added to. */
import { appendFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import path from "node:path";
import { isPlain } from "../../../shared/dsl/plain-values.js";
import { writeProblem } from "../../output/atomic-file.js";
import { isAbsentOr, isCount, isRecord, isShaped, isText, parseJson } from "../../train/checkpoint/guards.js";
import type { SweepRow } from "../rows.js";
import { sweepFiles } from "./files.js";

const isRow = isShaped<SweepRow>({
  row: isCount,
  parameters: isRecord(isPlain),
  line: isAbsentOr(isCount),
  problem: isAbsentOr(isText),
});

/** Adds rows. Throws a `CliError` when the disk is full. */
export function addRows(folder: string, rows: readonly SweepRow[]): void {
  const file = path.join(folder, sweepFiles.rows);
  try {
    appendFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""), { flush: true });
  } catch (error) {
    throw writeProblem(error, file);
  }
}

/** The rows of a folder so far, without a line that is unfinished. */
export function readRows(folder: string): readonly SweepRow[] {
  const file = path.join(folder, sweepFiles.rows);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.flatMap((line) => parseJson(line, isRow) ?? []);
}

/** Cuts off the line that a killed process left unfinished: to be called once, by who holds the folder's lock. */
export function mendRows(folder: string): void {
  const file = path.join(folder, sweepFiles.rows);
  if (!existsSync(file)) return;
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) truncateSync(file, end);
}
