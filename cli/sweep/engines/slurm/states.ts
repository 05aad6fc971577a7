/** What Slurm says about the tasks of arrays. */
import { CliError, isCliError } from "../../../errors.js";
import { slurm, SlurmError } from "./programs.js";

/** Slurm's word for it (`PENDING`, `RUNNING`, `NODE_FAIL`, ...), and why a task waits. */
export interface TaskState {
  readonly state: string;
  readonly reason: string;
}

/** States by array's number and task's index. */
export type TaskStates = ReadonlyMap<string, TaskState>;

export function taskName(array: string, index: number): string {
  return `${array}_${index}`;
}

/** States in which Slurm still works on a task, or will. Source: slurm's squeue manual page, job state codes. */
const liveStates: ReadonlySet<string> = new Set([
  ...["PENDING", "CONFIGURING", "RUNNING", "SUSPENDED", "STOPPED", "COMPLETING", "STAGE_OUT", "SIGNALING"],
  ...["REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESIZING", "RESV_DEL_HOLD", "SPECIAL_EXIT"],
]);

/** Whether Slurm still works on a task, or will. */
export function isLive(task: TaskState): boolean {
  return liveStates.has(task.state) && !isStuck(task);
}

/** Whether a task stands in the queue for ever: behind one that did not end well, or held since no node could begin it. */
export function isStuck({ reason }: TaskState): boolean {
  return reason === "DependencyNeverSatisfied" || /^launch.failed.requeued.held$/i.test(reason);
}

export function describeState({ state, reason }: TaskState): string {
  return reason === "" || reason === "None" ? state : `${state} (${reason})`;
}

/** `%r` may hold blanks, so it comes last. */
const format = "%F %K %T %r";

/**
 * The states of all tasks of these arrays; those that the controller has forgotten are asked of the accounting, where there is
 * any. Throws a `SlurmError` when the controller does not answer, a `CliError` when there is no Slurm.
 */
export async function taskStates(arrays: readonly string[]): Promise<TaskStates> {
  if (arrays.length === 0) return new Map();
  const states = parseQueue(await queueOf(arrays));
  const known = new Set([...states.keys()].map((name) => name.split("_")[0] ?? ""));
  const forgotten = arrays.filter((array) => !known.has(array));
  if (forgotten.length === 0) return states;
  return new Map([...(await accounted(forgotten)), ...states]);
}

/** squeue refuses a list of numbers when it knows none of them, which is no failure. */
async function queueOf(arrays: readonly string[]): Promise<string> {
  try {
    return await slurm("squeue", [
      "--noheader",
      "--array",
      "--states=all",
      `--jobs=${arrays.join(",")}`,
      `--format=${format}`,
    ]);
  } catch (error) {
    if (error instanceof SlurmError && /invalid job id/i.test(error.message)) return "";
    throw error;
  }
}

/** Lines of `squeue --array`: array's number, index, state, reason. */
export function parseQueue(text: string): TaskStates {
  const states = new Map<string, TaskState>();
  for (const line of text.split("\n")) {
    const [, array, index, state, reason = ""] = /^(\d+) (\d+) (\S+)(?: (.*))?$/.exec(line.trim()) ?? [];
    if (array !== undefined && index !== undefined && state !== undefined)
      states.set(`${array}_${index}`, { state, reason });
  }
  return states;
}

/**
 * What the accounts say about tasks that are over. Only the controller knows what it works on: where it has lost a job, the
 * accounts keep that as running for ever.
 */
async function accounted(arrays: readonly string[]): Promise<TaskStates> {
  const format = ["--noheader", "--parsable2", "--allocations", "--format=JobID,State"];
  // Tasks that never ran stand in one line, whose indices are cut off after 64 characters otherwise.
  const uncut = { SLURM_BITSTR_LEN: "0" };
  try {
    const states = parseAccounting(await slurm("sacct", [...format, `--jobs=${arrays.join(",")}`], uncut));
    return new Map([...states].filter(([, state]) => !isLive(state)));
  } catch (error) {
    // A cluster need not keep accounts, nor have the program.
    if (error instanceof SlurmError || isCliError(error)) return new Map();
    throw error;
  }
}

/** Lines of `sacct --parsable2`: `12_3|CANCELLED by 1000`, `12_[0-1,4-8:2%5]|PENDING`. */
export function parseAccounting(text: string): TaskStates {
  const states = new Map<string, TaskState>();
  for (const line of text.split("\n")) {
    const [, array, indices, state] = /^(\d+)_(\d+|\[[\d,:%-]+\])\|(\w+)/.exec(line.trim()) ?? [];
    if (array === undefined || indices === undefined || state === undefined) continue;
    for (const index of indicesIn(indices)) states.set(taskName(array, index), { state, reason: "" });
  }
  return states;
}

/** `[0-1,4-8:2%5]` are 0, 1, 4, 6 and 8, at most five of them at once. */
function indicesIn(text: string): readonly number[] {
  return text
    .replace(/^\[|(%\d+)?\]$/g, "")
    .split(",")
    .flatMap((range) => {
      const [, first = "", last = first, step = "1"] = /^(\d+)(?:-(\d+))?(?::(\d+))?$/.exec(range) ?? [];
      if (first === "") return [];
      const count = Math.floor((Number(last) - Number(first)) / Number(step)) + 1;
      return Array.from({ length: count }, (_, at) => Number(first) + at * Number(step));
    });
}

/** The number of an array by its name, which no other has; `undefined` when the controller knows none. */
export async function arrayNamed(name: string): Promise<string | undefined> {
  const text = await slurm("squeue", ["--noheader", "--states=all", "--array", `--name=${name}`, "--format=%F"]);
  return /^\d+/.exec(text.trim())?.[0];
}

/** The largest array that the cluster takes. */
export async function largestArray(): Promise<number> {
  const text = await slurm("scontrol", ["show", "config"]);
  const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(text)?.[1]);
  if (!(size >= 1))
    throw new CliError(
      "Slurm's scontrol does not say how large arrays may be (MaxArraySize): is it Slurm 20 or newer?",
    );
  return size;
}
