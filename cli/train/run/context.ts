/** What every part of a run needs: the model, its stages and data, the session, and who is told. */
import type { CostFlavor } from "../../../shared/graph/datatype.js";
import type { Subset } from "../../data/dataset.js";
import type { Session } from "../backend.js";
import type { RunState } from "../checkpoint/state.js";
import type { Accuracy, Place } from "../events/events.js";
import type { TrainableModel } from "../model.js";
import type { OptimizerState } from "../optimizers/optimizer.js";
import type { EvaluationRecord } from "./evaluation-record.js";
import type { StagePlan } from "./plan.js";
import type { Reporter } from "./reporter.js";
import type { Stopwatch } from "./stopwatch.js";

/** The samples of a run. */
export interface RunData {
  readonly train: Subset;
  /** Held out of the training data; absent: decisions are made by the test data, as in the challenge winner's scripts. */
  readonly validation?: Subset;
  readonly test: Subset;
}

/** What does not change during a run. */
export interface RunContext {
  readonly model: TrainableModel;
  readonly stages: readonly StagePlan[];
  readonly data: RunData;
  readonly classNames: readonly string[];
  /** Of the largest step; evaluations use it, too. */
  readonly batchSize: number;
  /** The cost tool whose score is aimed at. */
  readonly flavor: CostFlavor;
  /** Ends each training when it is reached. */
  readonly untilAccuracy?: number;
  readonly reporter: Reporter;
  readonly store: RunStore;
  /** Logits of a teacher for a batch. */
  readonly teacher?: (x: Float32Array, size: number) => Promise<Float32Array>;
  readonly signal: AbortSignal;
  /** Of the whole run: what happens now and then does so in short epochs, too. */
  readonly watch: Stopwatch;
}

/** The network in training. */
export interface Trainee {
  readonly session: Session;
  readonly optimizer: OptimizerState;
}

/** Where a run keeps its checkpoints. Names are relative to the run's folder. */
export interface RunStore {
  /** Saves the state that the run goes on from when it is interrupted. Throws `DivergedError` for what is not finite. */
  readonly save: (state: RunState, trainee: Trainee) => void;
  /** Writes a network without its optimiser beside it. */
  readonly write: (name: string, state: RunState, session: Session) => void;
  /** Copies such a file. */
  readonly copy: (from: string, to: string) => void;
  /** Keeps the latest evaluation for whoever follows the run. */
  readonly evaluated: (record: EvaluationRecord) => void;
  /** Puts a network that was written back into a session. */
  readonly restore: (name: string, session: Session) => void;
}

/** A larger loss than this, in nats, is no training any more: guessing among a million classes has 14. */
export const explodedLoss = 1e5;

/** Ends a run whose numbers are no use any more. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
}

/** A loss that ends a run. */
export function lossText(loss: number): string {
  return Number.isFinite(loss) ? loss.toPrecision(3) : "not a number";
}

/** The accuracy that decisions are made by. */
export function decisive({ validation, test }: Accuracy): number {
  return validation ?? test ?? 0;
}

/** The stage under way; `undefined` when all are over. */
export function currentStage({ stages }: RunContext, state: RunState): StagePlan | undefined {
  return stages[state.stages.length];
}

export function placeOf(state: RunState): Place {
  return { attempt: state.attempt, stage: state.stages.length + 1, round: state.pruning?.progress.round ?? 1 };
}
