/**
 * What a sweep tells whoever follows it: one JSON object per line of `events.jsonl`, each with its time. Documented in
 * docs/sweeps.md. Fields are added within a schema; when one changes its meaning, the number goes up.
 */
import type { Accuracy, Price } from "../train/events/events.js";
import type { Measured, RowParameters } from "./rows.js";

/** Of the event `sweep`, the first line of each file. */
export const sweepEventSchema = 1;

export interface PlannedStage {
  readonly name: string;
  readonly kind: string;
  readonly epochs: number;
  /** Of the store, see `plan/stage-key.ts`. */
  readonly key: string;
}

/** A stage that is over, as tables show it. */
export interface StageMeasure extends Measured {
  /** Of the last epoch, and the highest of all epochs, which the challenge winner recorded. */
  readonly test?: number;
  readonly best?: number;
  /** On the test data (or the held-out samples), when the stage had pruned and not yet trained. */
  readonly pruned?: number;
}

export type JobState = "started" | "done" | "shared" | "failed" | "lost" | "interrupted";

export type SweepStatus = "done" | "interrupted" | "cancelled" | "failed";

export type SweepEvent =
  | {
      readonly event: "sweep";
      readonly schema: typeof sweepEventSchema;
      readonly tool: string;
      readonly model: string;
      readonly sampler: string;
      /** `null` where the sampler decides as it goes. */
      readonly rows: number | null;
      /** Parameters in which rows differ. */
      readonly varied: readonly string[];
      readonly engine: string;
      readonly workers: number;
    }
  /** A row is planned: its model file has run. */
  | {
      readonly event: "row";
      readonly row: number;
      readonly parameters: RowParameters;
      readonly line?: number;
      readonly stages: readonly PlannedStage[];
    }
  /** The row cannot come within the budget at the lowest density that its recipe reaches. */
  | { readonly event: "skipped"; readonly row: number; readonly message: string; readonly lowest: Price }
  | {
      readonly event: "job";
      readonly row: number;
      readonly key: string;
      /** From 1; `null` for the evaluation and export at the end. */
      readonly stage: number | null;
      readonly name: string;
      readonly state: JobState;
      readonly attempt: number;
      readonly worker?: number;
      readonly seconds?: number;
      readonly message?: string;
      readonly measured?: StageMeasure;
    }
  /** At most one a second and job. */
  | {
      readonly event: "progress";
      readonly row: number;
      readonly stage: number;
      readonly epoch: number;
      readonly epochs: number;
      /** Batches of the epoch that are over, 0 to 1. */
      readonly share: number;
    }
  | {
      readonly event: "epoch";
      readonly row: number;
      readonly stage: number;
      readonly epoch: number;
      readonly epochs: number;
      readonly loss: number;
      readonly accuracy: Accuracy;
    }
  | ({ readonly event: "result"; readonly row: number; readonly seconds: number } & Measured)
  | { readonly event: "failed"; readonly row: number; readonly message: string }
  | { readonly event: "warning"; readonly message: string }
  | { readonly event: "end"; readonly status: SweepStatus };
