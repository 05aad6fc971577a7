/** What the engine keeps in a sweep's folder, below `slurm`: arrays as they were submitted, and the logs of their tasks. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { makeFolder, writeFileAtomic } from "../../../output/atomic-file.js";
import { isAbsentOr, isCount, isList, isShaped, isText, parseJson } from "../../../train/checkpoint/guards.js";

/** An array as it was submitted. */
export interface ArrayRecord {
  readonly name: string;
  /** Its name in Slurm, which no other job has. */
  readonly jobName: string;
  /** Its number in Slurm. Absent: the process that submitted it was killed before it knew. */
  readonly id?: string;
  readonly tasks: readonly { readonly index: number; readonly key: string }[];
}

function below(folder: string, ...names: string[]): string {
  return path.join(folder, "slurm", ...names);
}

export function logsFolder(folder: string): string {
  return below(folder, "logs");
}

export function scriptFile(folder: string): string {
  return below(folder, "task.sh");
}

/** The jobs of an array, each in the line of its index. */
export function jobsFile(folder: string, array: string): string {
  return below(folder, "arrays", `${array}.jobs`);
}

/** Makes the folders: Slurm fails a job without a word when that of its log is missing. */
export function makeSlurmFolders(folder: string): void {
  for (const name of ["arrays", "logs"]) makeFolder(below(folder, name));
}

export function writeArray(folder: string, record: ArrayRecord): void {
  writeFileAtomic(below(folder, "arrays", `${record.name}.json`), JSON.stringify(record));
}

/** Every array that was submitted, or was about to be. */
export function readArrays(folder: string): readonly ArrayRecord[] {
  const place = below(folder, "arrays");
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((name) => /^a\d+\.json$/.test(name))
    .flatMap((name) => parseJson(readFileSync(path.join(place, name), "utf8"), isArrayRecord) ?? [])
    .toSorted((a, b) => numberOf(a) - numberOf(b));
}

/** The number in an array's name; 0 for none. */
export function numberOf(record: Pick<ArrayRecord, "name"> | undefined): number {
  return Number(record?.name.slice(1) ?? 0);
}

const isArrayRecord = isShaped<ArrayRecord>({
  name: isText,
  jobName: isText,
  id: isAbsentOr(isText),
  tasks: isList(isShaped<ArrayRecord["tasks"][number]>({ index: isCount, key: isText })),
});
