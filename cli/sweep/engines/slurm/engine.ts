/**
 * The engine `slurm`: hands the jobs of a sweep over to a cluster as chained job arrays, follows them, and settles what they came
 * to. Which node does what, and when, is Slurm's business.
 */
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CliError } from "../../../errors.js";
import { shownPath } from "../../../output/paths.js";
import { isShaped, isText, parseJson } from "../../../train/checkpoint/guards.js";
import type { TrainEvent } from "../../../train/events/events.js";
import { runFiles } from "../../../train/run/folder.js";
import { stageFolder } from "../../folder/files.js";
import { jobTerminal } from "../../jobs/job-terminal.js";
import { prerequisiteOf, type Job, type JobOutcome } from "../../jobs/job.js";
import { forgetOutcome, readOutcome } from "../../jobs/outcome-file.js";
import type { Engine, EngineContext, Schedule } from "../engine.js";
import { planArrays, type JobArray, type TaskPlace } from "./arrays.js";
import { newLines } from "./follow.js";
import { makeSlurmFolders, numberOf, readArrays, writeArray, type ArrayRecord } from "./files.js";
import { scancelNow, slurm, SlurmError } from "./programs.js";
import {
  arrayNamed,
  describeState,
  isLive,
  isStuck,
  largestArray,
  taskName,
  taskStates,
  type TaskStates,
} from "./states.js";
import { submitArray, writeScript, type SubmitOptions } from "./submit.js";

export type SlurmOptions = Omit<SubmitOptions, "folder">;

/** Between two looks at the queue: the controller of a busy cluster has better things to do. */
const longestPauseMs = 2000;

/** So long a task may be looked for in vain before it counts as lost. */
const longestUnknownMs = 10_000;

/** Planned in less than a second. */
const firstRows = 64;

/** Jobs that are told to end get Slurm's KillWait (30 s by default) to save what they have. */
const longestEndMs = 120_000;
const betweenLooksAtEndMs = 500;

export function slurmEngine(options: SlurmOptions): Engine {
  return {
    name: "slurm",
    workers: options.throttle ?? 0,
    run: (schedule, context) => new SlurmRun(schedule, context, options).run(),
  };
}

/** A job that was handed over and not settled. */
interface Task {
  readonly job: Job;
  readonly place: TaskPlace;
  isStarted: boolean;
  /** Shows what its training has told since the last look. */
  tell?: () => void;
  /** When the queue did not have it for the first time since it had it. */
  unknownSince?: number;
}

class SlurmRun {
  private readonly tasks = new Map<string, Task>();
  /** By name, with their numbers in Slurm. */
  private readonly arrays = new Map<string, Required<ArrayRecord>>();
  private readonly submitOptions: SubmitOptions;
  private lastChange = performance.now();
  private largest = 1;
  /** Arrays so far, those of earlier processes among them. */
  private submitted = 0;
  private hasWarned = false;
  private nextRows = firstRows;

  constructor(
    private readonly schedule: Schedule,
    private readonly context: EngineContext,
    options: SlurmOptions,
  ) {
    this.submitOptions = { ...options, folder: context.folder };
    context.atExit(() => {
      scancelNow(this.liveArrays());
    });
  }

  async run(): Promise<void> {
    const { signal, folder } = this.context;
    makeSlurmFolders(folder);
    writeScript(this.submitOptions);
    try {
      this.largest = await largestArray();
      const live = await this.liveTasks();
      while (!signal.aborted) {
        const isAll = await this.handOver(live);
        if (isAll && this.tasks.size === 0) break;
        if (isAll) await this.pause();
        this.look(await this.states());
      }
    } catch (error) {
      await this.abort();
      throw error instanceof SlurmError ? problemOf(error, folder) : error;
    }
    if (signal.aborted) await this.abort();
  }

  /** Until the next look, or until the sweep is interrupted. */
  private async pause(): Promise<void> {
    const ms = pauseBetweenLooks(this.tasks.size, performance.now() - this.lastChange);
    await delay(ms, undefined, { signal: this.context.signal }).catch(() => undefined);
  }

  /** Tasks of an earlier process of this sweep that Slurm still works on. */
  private async liveTasks(): Promise<Map<string, TaskPlace>> {
    const { folder } = this.context;
    const records = readArrays(folder);
    this.submitted = numberOf(records.at(-1));
    for (const record of records) {
      const id = record.id ?? (await arrayNamed(record.jobName));
      if (id === undefined) continue;
      const known = { ...record, id };
      if (record.id === undefined) writeArray(folder, known);
      this.arrays.set(record.name, known);
    }
    const states = await taskStates([...this.arrays.values()].map(({ id }) => id));
    const places = new Map<string, TaskPlace>();
    for (const { name, id, tasks } of this.arrays.values()) {
      for (const { index, key } of tasks) {
        const state = states.get(taskName(id, index));
        if (state !== undefined && isLive(state)) places.set(key, { array: name, index });
      }
    }
    return places;
  }

  /**
   * Submits the jobs of the rows that are planned next, so that the cluster works while later ones are planned; those that Slurm
   * has already are only followed. True when no more can be planned now.
   */
  private async handOver(live: Map<string, TaskPlace>): Promise<boolean> {
    const { jobs, isLast } = await this.schedule.portion(this.rowsAtOnce());
    const fresh = jobs.filter((job) => {
      const place = live.get(job.key);
      live.delete(job.key);
      if (place !== undefined) this.follow(job, place);
      return place === undefined;
    });
    await this.submitAll(fresh);
    return isLast;
  }

  /** Few at first. Where only so many tasks of each array may run, arrays are as few as can be. */
  private rowsAtOnce(): number {
    const rows = this.submitOptions.throttle === undefined ? Math.min(this.nextRows, this.largest) : this.largest;
    this.nextRows *= 2;
    return rows;
  }

  private async submitAll(fresh: readonly Job[]): Promise<void> {
    if (fresh.length === 0) return;
    const places = new Map([...this.tasks].map(([key, { place }]) => [key, place]));
    const options = { largest: this.largest, first: this.submitted + 1 };
    for (const array of planArrays(fresh, places, options)) {
      this.submitted++;
      const after = array.after === undefined ? undefined : this.arrays.get(array.after)?.id;
      for (const { job } of array.tasks) forgetOutcome(this.context.folder, job.key);
      const record = await this.submit(array, after);
      if (record === undefined) for (const { job } of array.tasks) this.schedule.settle(job, { kind: "interrupted" });
      else {
        this.arrays.set(array.name, record);
        for (const { index, job } of array.tasks) this.follow(job, { array: array.name, index });
      }
    }
  }

  /**
   * A controller that is busy or restarts is asked again, as long as the user waits for it. `undefined` when the sweep is
   * interrupted before.
   */
  private async submit(array: JobArray, after: string | undefined): Promise<Required<ArrayRecord> | undefined> {
    while (!this.context.signal.aborted) {
      try {
        return await submitArray(array, after, this.submitOptions);
      } catch (error) {
        if (!(error instanceof SlurmError) || isRefusal(error)) throw error;
        this.warn(error);
        await this.pause();
      }
    }
    return undefined;
  }

  private follow(job: Job, place: TaskPlace): void {
    this.tasks.set(job.key, { job, place, isStarted: false });
    this.lastChange = performance.now();
  }

  private async states(): Promise<TaskStates | undefined> {
    try {
      const states = await taskStates(this.liveArrays());
      this.hasWarned = false;
      return states;
    } catch (error) {
      if (!(error instanceof SlurmError)) throw error;
      this.warn(error);
      return undefined;
    }
  }

  private warn({ message }: SlurmError): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    this.context.report({ event: "warning", message: `Slurm does not answer and is asked again (${message})` });
  }

  /** Settles what is over, in the order of each row: a job behind the one that it waited for. */
  private look(states: TaskStates | undefined): void {
    if (states === undefined) return;
    for (const task of [...this.tasks.values()]) {
      const before = prerequisiteOf(task.job);
      if (!this.tasks.has(task.job.key) || (before !== undefined && this.tasks.has(before))) continue;
      const outcome = this.outcomeOf(task, states);
      if (outcome !== undefined) this.settle(task, outcome);
    }
  }

  /** `undefined` while Slurm works on the task. */
  private outcomeOf(task: Task, states: TaskStates): JobOutcome | undefined {
    const state = states.get(this.slurmName(task));
    if (state !== undefined && ["RUNNING", "COMPLETING"].includes(state.state) && !task.isStarted) {
      task.isStarted = true;
      this.lastChange = performance.now();
      this.schedule.started(task.job);
      task.tell = this.follower(task.job);
    }
    task.tell?.();
    // A job that was requeued may have left the note of its first attempt: it counts when it says that all is done.
    const note = state?.state === "PENDING" ? undefined : readOutcome(this.context.folder, task.job.key);
    if (note?.kind === "done") return note;
    if (state !== undefined && isLive(state)) {
      delete task.unknownSince;
      return undefined;
    }
    if (note?.kind === "failed") return note;
    if (state !== undefined && isStuck(state)) this.takeBack(task);
    // A controller that restarts knows less for a while, and what a node has written takes a while to be seen elsewhere.
    if (state === undefined || state.state === "COMPLETED") {
      task.unknownSince ??= performance.now();
      if (performance.now() - task.unknownSince < longestUnknownMs) return undefined;
    }
    const why = state === undefined ? "Slurm does not know it any more" : `Slurm says ${describeState(state)}`;
    const byCluster = state === undefined || isStuck(state);
    return { kind: "lost", message: `its job ended without a result: ${why}`, byCluster };
  }

  /** Its job is done again, by another task. A controller that is away now finds that out by itself. */
  private takeBack(task: Task): void {
    slurm("scancel", [this.slurmName(task)]).catch(() => undefined);
  }

  /** Epochs and progress, as the training writes them into its folder. */
  private follower(job: Job): () => void {
    if (job.kind !== "stage") return () => undefined;
    const terminal = jobTerminal(job, this.context.report);
    const folder = stageFolder(this.context.manifest.settings.store, job.key);
    const lines = newLines(path.join(folder, runFiles.events));
    return () => {
      for (const line of lines()) {
        const event = parseJson(line, isTrainEvent);
        if (event !== undefined) terminal.show(event);
      }
    };
  }

  private slurmName({ place }: Task): string {
    return taskName(this.arrays.get(place.array)?.id ?? "", place.index);
  }

  /** What was queued behind a job that did not get done is taken back: the schedule hands it out again. */
  private settle(task: Task, outcome: JobOutcome): void {
    this.tasks.delete(task.job.key);
    this.lastChange = performance.now();
    if (outcome.kind !== "done") {
      for (const follower of this.followersOf(task.job)) {
        this.tasks.delete(follower.job.key);
        this.schedule.settle(follower.job, { kind: "interrupted" });
      }
    }
    this.schedule.settle(task.job, outcome);
  }

  /** Last ones first. */
  private followersOf(job: Job): readonly Task[] {
    const direct = [...this.tasks.values()].filter((task) => prerequisiteOf(task.job) === job.key);
    return direct.flatMap((task) => [...this.followersOf(task.job), task]);
  }

  private liveArrays(): readonly string[] {
    const names = new Set([...this.tasks.values()].map(({ place }) => place.array));
    return [...names].flatMap((name) => this.arrays.get(name)?.id ?? []);
  }

  /** Has Slurm end all jobs, waits until they have saved what they have, and settles them. */
  private async abort(): Promise<void> {
    const ids = this.liveArrays();
    const limit = performance.now() + longestEndMs;
    let isTold = ids.length === 0;
    while (!(isTold && this.isOver(await this.states())) && performance.now() < limit) {
      isTold ||= await slurm("scancel", ids).then(
        () => true,
        () => false,
      );
      await delay(betweenLooksAtEndMs);
    }
    for (const task of [...this.tasks.values()]) {
      if (!this.tasks.has(task.job.key)) continue;
      const note = readOutcome(this.context.folder, task.job.key);
      this.settle(task, note?.kind === "done" ? note : { kind: "interrupted" });
    }
  }

  private isOver(states: TaskStates | undefined): boolean {
    if (states === undefined) return false;
    return [...this.tasks.values()].every((task) => {
      const state = states.get(this.slurmName(task));
      return state === undefined || !isLive(state);
    });
  }
}

/**
 * Where something has just changed, something may soon change again, and few tasks are quickly asked for: what is short is not
 * kept waiting.
 */
export function pauseBetweenLooks(tasks: number, sinceChangeMs: number): number {
  return Math.min(longestPauseMs, Math.max(200, 20 * tasks, sinceChangeMs / 4));
}

/** Only its kind is looked at: the file is written by this program, line by line. */
const isTrainEvent = (value: unknown): value is TrainEvent =>
  isShaped<Pick<TrainEvent, "event">>({ event: (event): event is TrainEvent["event"] => isText(event) })(value);

/** The sweep cannot begin without an answer; later ones are waited for. */
function problemOf(error: SlurmError, folder: string): CliError {
  return new CliError(
    isRefusal(error)
      ? `Slurm refuses the sweep's jobs: ${error.message}`
      : `Slurm does not answer (${error.message}): when squeue works here, go on by quantlens sweep resume ${shownPath(folder)} --engine slurm.`,
  );
}

/** What sbatch will say again, however often it is asked: wrong options of the user's, no such partition. */
function isRefusal({ message }: SlurmError): boolean {
  return /invalid|unrecognized|unknown option|not permitted|denied|violates|requested .*not available/i.test(message);
}
