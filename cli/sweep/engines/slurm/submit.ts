/** Hands arrays of jobs over to Slurm. */
import { createHash } from "node:crypto";
import path from "node:path";
import { writeFileAtomic } from "../../../output/atomic-file.js";
import { jobLines, type Job } from "../../jobs/job.js";
import { indexRanges, type JobArray } from "./arrays.js";
import { jobsFile, logsFolder, scriptFile, writeArray, type ArrayRecord } from "./files.js";
import { slurm } from "./programs.js";
import { arrayNamed } from "./states.js";

export interface SubmitOptions {
  /** The sweep's; absolute, and the same on all nodes. */
  readonly folder: string;
  /** Tasks of an array at once: `%N`. */
  readonly throttle?: number;
  /** Of each task. Absent: as many as Slurm gives it. */
  readonly threads?: number;
  /** The user's own options of sbatch, which come last and so count. */
  readonly sbatch: readonly string[];
}

/** The variables that a job gets from here besides Slurm's own: secrets in the environment stay where they are. */
const passedVariables = ["PATH", "HOME", "USER", "LANG", "TMPDIR", "SLURM_CONF"];

/** Writes the script that each task runs: the job in the line of the task's index. */
export function writeScript({ folder, threads }: Pick<SubmitOptions, "folder" | "threads">): void {
  const program = path.join(import.meta.dirname, "cli.cjs");
  const count = threads === undefined ? '"${SLURM_CPUS_PER_TASK:-1}"' : String(threads);
  writeFileAtomic(
    scriptFile(folder),
    `#!/bin/sh
exec ${quoted(process.execPath)} ${quoted(program)} sweep job ${quoted(folder)} "$1" "$SLURM_ARRAY_TASK_ID" --threads ${count}
`,
  );
}

/** As one word for a shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Submits an array behind another (by its number in Slurm). What is to be submitted is written down first: after a crash
 * between sbatch and its answer the array is found by its name. Throws a `SlurmError`.
 */
export async function submitArray(
  array: JobArray,
  after: string | undefined,
  options: SubmitOptions,
): Promise<Required<ArrayRecord>> {
  const { folder } = options;
  writeJobs(folder, array);
  const record: ArrayRecord = {
    name: array.name,
    jobName: `quantlens-${createHash("sha256").update(folder).digest("hex").slice(0, 10)}-${array.name}`,
    tasks: array.tasks.map(({ index, job }) => ({ index, key: job.key })),
  };
  writeArray(folder, record);
  const id = await submitted(record.jobName, sbatchArguments(array, record.jobName, after, options));
  const known = { ...record, id };
  writeArray(folder, known);
  return known;
}

/** An answer that was lost on its way does not mean that there is no array. */
async function submitted(jobName: string, args: readonly string[]): Promise<string> {
  try {
    const text = await slurm("sbatch", args);
    // `123;cluster` where there are several.
    return text.trim().split(";")[0] ?? "";
  } catch (error) {
    const found = await arrayNamed(jobName).catch(() => undefined);
    if (found !== undefined) return found;
    throw error;
  }
}

/** The arguments of sbatch. Only options that every sbatch of the last ten years knows. */
export function sbatchArguments(
  { name, tasks }: JobArray,
  jobName: string,
  after: string | undefined,
  { folder, throttle, threads, sbatch }: SubmitOptions,
): readonly string[] {
  const indices = indexRanges(tasks.map(({ index }) => index));
  return [
    "--parsable",
    `--job-name=${jobName}`,
    `--array=${indices}${throttle === undefined ? "" : `%${throttle}`}`,
    // `%` is sbatch's own in names of files; `%%` is one.
    `--output=${logsFolder(folder).replaceAll("%", "%%")}/${name}_%a.log`,
    "--open-mode=append",
    "--requeue",
    `--chdir=${folder}`,
    `--export=${passedVariables.filter((variable) => process.env[variable] !== undefined).join(",")}`,
    ...(threads === undefined ? [] : [`--cpus-per-task=${threads}`]),
    ...(after === undefined ? [] : [`--dependency=aftercorr:${after}`, "--kill-on-invalid-dep=yes"]),
    ...sbatch,
    scriptFile(folder),
    jobsFile(folder, name),
  ];
}

/** One file for all, since a file for each would take longer than planning them. */
function writeJobs(folder: string, { name, tasks }: JobArray): void {
  const jobs: Job[] = [];
  for (const { index, job } of tasks) jobs[index] = job;
  writeFileAtomic(jobsFile(folder, name), jobLines(jobs));
}
