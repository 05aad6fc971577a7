/** What runs the jobs of a sweep. */
import type { Job, JobOutcome } from "../jobs/job.js";
import type { SweepEvent } from "../events.js";
import type { SweepManifest } from "../folder/manifest.js";

/** The jobs of a sweep, in the order in which they can be done. Of one caller at a time. A sweep that is interrupted plans no more. */
export interface Schedule {
  /** The next job that can start; `wait` while others have to end first; `done` when nothing is left. */
  take(): Promise<Job | "wait" | "done">;
  /** Tells what became of a job that was taken. Retries and what depends on it are seen to. */
  settle(job: Job, outcome: JobOutcome, worker?: number): void;
  /** Tells that a job which was taken has begun. */
  started(job: Job, worker?: number): void;
  /**
   * Plans so many of the rows that the sampler gives now, and takes every job that is left of them, in an order in which each
   * stands behind the one that it waits for: for an engine with a queue of its own.
   */
  portion(rows: number): Promise<Portion>;
}

/** Jobs of some rows. What one waits for may have been taken with an earlier portion. */
export interface Portion {
  readonly jobs: readonly Job[];
  /** Whether the sampler gave no more rows. */
  readonly isLast: boolean;
}

export interface EngineContext {
  /** The sweep's. */
  readonly folder: string;
  readonly manifest: SweepManifest;
  readonly version: string;
  /** Aborted by Ctrl-C: jobs that run are to save what they have, and to end. */
  readonly signal: AbortSignal;
  /** Progress of jobs, warnings. */
  readonly report: (event: SweepEvent) => void;
  /** What to do even when a second Ctrl-C ends the process at once. */
  readonly atExit: (cleanUp: () => void) => void;
}

export interface Engine {
  readonly name: string;
  /** Jobs that it runs at once, for messages; 0: as many as its queue lets it. */
  readonly workers: number;
  /** Runs the schedule's jobs until it is done or the signal is aborted. */
  run(schedule: Schedule, context: EngineContext): Promise<void>;
}
