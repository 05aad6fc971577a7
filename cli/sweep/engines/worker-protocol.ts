/** What a sweep and its worker processes say to each other. */
import type { SweepEvent } from "../events.js";
import type { Job, JobOutcome } from "../jobs/job.js";

export type ToWorker =
  | { readonly kind: "job"; readonly job: Job; readonly threads: number }
  /** Save what the job has, end it, and answer with its outcome. */
  | { readonly kind: "stop" };

export type FromWorker =
  | { readonly kind: "ready" }
  /** `peakBytes`: most memory that the process has had. */
  | { readonly kind: "event"; readonly event: SweepEvent; readonly peakBytes: number }
  | { readonly kind: "outcome"; readonly outcome: JobOutcome; readonly peakBytes: number };
