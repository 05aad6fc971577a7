/**
 * Where a run stands, as plain data: all that a resumed run needs besides tensors. It has no clock in it, so that a run
 * that was interrupted and one that was not end with the same bytes.
 */
import type { Accuracy, NetworkCost } from "../events/events.js";
import type { SchedulePosition } from "../optimizers/schedule.js";
import type { PruneProgress } from "../prune/schedule.js";
import {
  isAbsentOr,
  isCount,
  isFlag,
  isList,
  isNumber,
  isRecord,
  isShaped,
  isText,
  isWord,
  type Guard,
} from "./guards.js";

/** A training under way. */
export interface TrainingState {
  /** Epochs that are over. */
  readonly epoch: number;
  /** Batches of the epoch under way that are over. */
  readonly batch: number;
  /** Of those batches: sum of the losses of all samples, correct predictions, samples. */
  readonly lossSum: number;
  readonly correct: number;
  readonly seen: number;
  readonly schedule: SchedulePosition;
  /** Updates that each parameter has had. */
  readonly optimizerSteps: Readonly<Record<string, number>>;
  readonly accuracy: Accuracy;
  /** 0 until an epoch is over. */
  readonly bestEpoch: number;
  readonly bestAccuracy: Accuracy;
  /** The accuracy that ends the training early was reached. */
  readonly reached: boolean;
}

/** A stage that prunes. */
export interface PruningState {
  readonly progress: PruneProgress;
  /** Where the network stood when the stage began. */
  readonly from: { readonly sparsity: number; readonly score: number };
  /** The round whose weights are kept so far; 0: those from before the stage. */
  readonly acceptedRound: number;
}

/** What was measured when a round had pruned. */
export interface PrunedRecord {
  readonly round: number;
  readonly share: number;
  readonly accuracy: Accuracy;
  readonly network: NetworkCost;
}

/** A round that is over. */
export interface RoundRecord {
  readonly round: number;
  readonly epochs: number;
  readonly accuracy: Accuracy;
  readonly bestAccuracy: Accuracy;
  readonly bestEpoch: number;
}

/** A stage that is over. */
export interface StageRecord {
  readonly position: number;
  readonly name: string;
  readonly kind: string;
  readonly pruned: readonly PrunedRecord[];
  /** Training of all rounds. */
  readonly epochs: number;
  /** Of the last epoch's weights, and of the best epoch's. */
  readonly accuracy: Accuracy;
  readonly bestAccuracy: Accuracy;
  readonly bestEpoch: number;
  readonly network: NetworkCost;
  readonly files: { readonly last: string; readonly best: string };
}

/** An attempt that missed its goal. */
export interface AttemptRecord {
  readonly attempt: number;
  readonly seed: number;
  readonly stages: readonly StageRecord[];
}

export interface RunState {
  readonly attempt: number;
  readonly seed: number;
  /** Stages that are over. */
  readonly stages: readonly StageRecord[];
  /** What comes next in the stage under way. `close`: its training is over and not yet measured. */
  readonly phase: "begin" | "prune" | "train" | "close";
  readonly pruning?: PruningState | undefined;
  /** Of the stage under way. */
  readonly pruned: readonly PrunedRecord[];
  readonly rounds: readonly RoundRecord[];
  readonly training?: TrainingState | undefined;
  /** Training steps of the attempt. */
  readonly step: number;
  readonly missed: readonly AttemptRecord[];
}

const isAccuracy: Guard<Accuracy> = isShaped<Accuracy>({
  test: isAbsentOr(isNumber),
  validation: isAbsentOr(isNumber),
});

const isPrice = isShaped<NetworkCost["cost"]["qonnx"]>({ score: isNumber, bops: isNumber, memWBits: isNumber });

const isNetworkCost = isShaped<NetworkCost>({
  cost: isShaped<NetworkCost["cost"]>({ "finn-base": isPrice, qonnx: isPrice }),
  weights: isCount,
  nonZero: isNumber,
  density: isNumber,
  layers: isList(
    isShaped<NetworkCost["layers"][number]>({ layer: isText, weights: isCount, nonZero: isNumber, density: isNumber }),
  ),
});

const isSchedulePosition = isShaped<SchedulePosition>({
  epoch: isCount,
  factor: isNumber,
  best: isAbsentOr(isNumber),
  badEpochs: isCount,
});

const isTrainingState = isShaped<TrainingState>({
  epoch: isCount,
  batch: isCount,
  lossSum: isNumber,
  correct: isCount,
  seen: isCount,
  schedule: isSchedulePosition,
  optimizerSteps: isRecord(isCount),
  accuracy: isAccuracy,
  bestEpoch: isCount,
  bestAccuracy: isAccuracy,
  reached: isFlag,
});

const isPruningState = isShaped<PruningState>({
  progress: isShaped<PruneProgress>({ round: isCount, accepted: isNumber, step: isNumber }),
  from: isShaped<PruningState["from"]>({ sparsity: isNumber, score: isNumber }),
  acceptedRound: isCount,
});

const isPrunedRecord = isShaped<PrunedRecord>({
  round: isCount,
  share: isNumber,
  accuracy: isAccuracy,
  network: isNetworkCost,
});

const isRoundRecord = isShaped<RoundRecord>({
  round: isCount,
  epochs: isCount,
  accuracy: isAccuracy,
  bestAccuracy: isAccuracy,
  bestEpoch: isCount,
});

const isStageRecord = isShaped<StageRecord>({
  position: isCount,
  name: isText,
  kind: isText,
  pruned: isList(isPrunedRecord),
  epochs: isCount,
  accuracy: isAccuracy,
  bestAccuracy: isAccuracy,
  bestEpoch: isCount,
  network: isNetworkCost,
  files: isShaped<StageRecord["files"]>({ last: isText, best: isText }),
});

export const isRunState = isShaped<RunState>({
  attempt: isCount,
  seed: isCount,
  stages: isList(isStageRecord),
  phase: isWord(["begin", "prune", "train", "close"]),
  pruning: isAbsentOr(isPruningState),
  pruned: isList(isPrunedRecord),
  rounds: isList(isRoundRecord),
  training: isAbsentOr(isTrainingState),
  step: isCount,
  missed: isList(isShaped<AttemptRecord>({ attempt: isCount, seed: isCount, stages: isList(isStageRecord) })),
});

/** A run that has not begun. */
export function newRunState(seed: number, attempt = 1, missed: readonly AttemptRecord[] = []): RunState {
  return { attempt, seed, stages: [], phase: "begin", pruned: [], rounds: [], step: 0, missed };
}
