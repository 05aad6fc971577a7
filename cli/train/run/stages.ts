/**
 * The steps that a run is made of. Each takes the state to the next one and depends on nothing but the state, the tensors
 * and the options: saved after each step, a run can be taken up at any of them and ends the same.
 *
 * The seed's semantics: each stage begins with a fresh optimiser and schedule and with the last epoch's weights of the
 * stage before; the best epoch is kept beside. Source: the challenge winner's training scripts (REFERENCE, recipe).
 */
import type { RoundRecord, RunState, StageRecord, TrainingState } from "../checkpoint/state.js";
import type { Accuracy } from "../events/events.js";
import { advanceSchedule } from "../optimizers/schedule.js";
import { currentStage, decisive, placeOf, type RunContext, type Trainee } from "./context.js";
import { newTraining, trainEpoch } from "./epoch.js";
import { decisiveAccuracy, fullAccuracy } from "./evaluation.js";
import { stageFile } from "./folder.js";
import { measureNetwork } from "./measure.js";
import { saveMidEpoch } from "./mid-epoch.js";
import { endCollecting, settleZeros } from "./network.js";
import type { StagePlan, TrainingPlan } from "./plan.js";
import { acceptedFile, afterRound, beginPruning, pruneRound, roundOf } from "./pruning.js";
import { reestimateBatchNorm } from "./batch-norm.js";

/** Takes a run one step further; `undefined` when all stages are over. */
export async function advance(context: RunContext, trainee: Trainee, state: RunState): Promise<RunState | undefined> {
  const stage = currentStage(context, state);
  if (stage === undefined) return undefined;
  switch (state.phase) {
    case "begin":
      return beginStage(context, trainee, state, stage);
    case "prune":
      return prune(context, trainee, state, stage);
    case "train":
      return train(context, trainee, state, stage);
    case "close":
      return closeRound(context, trainee, state, stage);
  }
}

function beginStage(context: RunContext, trainee: Trainee, state: RunState, stage: StagePlan): RunState {
  const { session } = trainee;
  context.reporter.event({ event: "stage", ...placeOf(state), name: stage.name, kind: stage.kind });
  settleZeros(session);
  if (state.stages.length > 0) endCollecting(session);
  const begun = { ...state, pruned: [], rounds: [] };
  if (stage.pruning === undefined) return startTraining(trainee, begun);
  if (stage.pruning.schedule.kind !== "oneshot") {
    context.store.write(stageFile({ attempt: state.attempt, stage }, "start"), begun, session);
  }
  return { ...begun, phase: "prune", pruning: beginPruning(context, trainee, stage.pruning) };
}

async function prune(context: RunContext, trainee: Trainee, state: RunState, stage: StagePlan): Promise<RunState> {
  const { pruning } = state;
  if (stage.pruning === undefined || pruning === undefined) throw new Error("a stage without pruning cannot prune");
  const record = await pruneRound(context, trainee, state, { plan: stage.pruning, pruning });
  const pruned = { ...state, pruned: [...state.pruned, record] };
  const { attempt } = state;
  context.store.write(
    stageFile({ attempt, stage, ...roundOf(stage, record.round) }, "pruned"),
    pruned,
    trainee.session,
  );
  if (stage.training !== undefined) return startTraining(trainee, pruned);
  return {
    ...pruned,
    phase: "close",
    training: { ...newTraining, accuracy: record.accuracy, bestAccuracy: record.accuracy },
  };
}

function startTraining({ optimizer }: Trainee, state: RunState): RunState {
  optimizer.buffers.clear();
  optimizer.steps.clear();
  return { ...state, phase: "train", training: newTraining };
}

/** One epoch with its evaluation. */
async function train(context: RunContext, trainee: Trainee, state: RunState, stage: StagePlan): Promise<RunState> {
  const { training: plan } = stage;
  if (plan === undefined || state.training === undefined) throw new Error("a stage without training cannot train");
  const epoch = await trainEpoch(context, trainee, plan, { state, training: state.training });
  const started = performance.now();
  const accuracy = await evaluated(context, trainee, epoch.state, stage.name);
  const training = closeEpoch(context, plan, epoch.training, accuracy);
  const next: RunState = { ...epoch.state, training, phase: isOver(plan, training) ? "close" : "train" };
  if (training.bestEpoch === training.epoch) {
    const { attempt } = state;
    const { round } = placeOf(state);
    context.store.write(stageFile({ attempt, stage, ...roundOf(stage, round) }, "best"), next, trainee.session);
  }
  const { lossSum, correct, seen } = epoch.training;
  const seconds = epoch.seconds + (performance.now() - started) / 1000;
  const measured = { loss: lossSum / seen, trainAccuracy: correct / seen, lr: epoch.lr };
  context.reporter.event({
    event: "epoch",
    ...placeOf(state),
    name: stage.name,
    epoch: training.epoch,
    epochs: plan.epochs,
    ...measured,
    accuracy,
    best: training.bestEpoch === training.epoch,
    seconds,
    samplesPerSecond: epoch.samples / epoch.seconds,
  });
  context.reporter.scalars(next.step, {
    "epoch/loss": measured.loss,
    "epoch/train accuracy": measured.trainAccuracy,
    "epoch/test accuracy": accuracy.test,
    "epoch/validation accuracy": accuracy.validation,
    "epoch/learning rate": measured.lr,
  });
  return next;
}

/** What was trained must not be lost when the evaluation is interrupted. */
async function evaluated(context: RunContext, trainee: Trainee, state: RunState, name: string): Promise<Accuracy> {
  try {
    const epoch = (state.training?.epoch ?? 0) + 1;
    return await decisiveAccuracy(context, trainee.session, `${name}, epoch ${epoch}`);
  } catch (error) {
    if (context.signal.aborted) await saveMidEpoch(context, trainee, state);
    throw error;
  }
}

/** The state after an epoch of this accuracy. */
function closeEpoch(
  context: RunContext,
  plan: TrainingPlan,
  training: TrainingState,
  accuracy: Accuracy,
): TrainingState {
  const epoch = training.epoch + 1;
  const value = decisive(accuracy);
  const isBest = training.bestEpoch === 0 || value > decisive(training.bestAccuracy);
  return {
    ...training,
    epoch,
    batch: 0,
    lossSum: 0,
    correct: 0,
    seen: 0,
    schedule: advanceSchedule(plan.schedule, training.schedule, { accuracy: value, lr: plan.optimizer.lr }),
    accuracy,
    ...(isBest && { bestEpoch: epoch, bestAccuracy: accuracy }),
    reached: context.untilAccuracy !== undefined && value >= context.untilAccuracy,
  };
}

function isOver({ epochs }: TrainingPlan, { epoch, reached }: TrainingState): boolean {
  return reached || epoch >= epochs;
}

/** Ends a round: its last touches, and what follows it. */
async function closeRound(context: RunContext, trainee: Trainee, state: RunState, stage: StagePlan): Promise<RunState> {
  const { training, pruning, attempt } = state;
  if (training === undefined) throw new Error("a round that has no result cannot end");
  const { session } = trainee;
  const anew = (stage.training?.reestimateBatchNorm ?? 0) > 0;
  if (stage.training) await reestimateBatchNorm(context, trainee, stage.training, state);
  const { round } = placeOf(state);
  const file = (name: "last" | "best") => stageFile({ attempt, stage, ...roundOf(stage, round) }, name);
  const accuracy = await fullAccuracy(context, session, stage.name, anew ? {} : training.accuracy);
  context.store.write(file("last"), state, session);
  const record: RoundRecord = {
    round,
    epochs: training.epoch,
    accuracy,
    bestAccuracy: await bestAccuracy(context, trainee, training, { best: file("best"), last: file("last") }),
    bestEpoch: training.bestEpoch,
  };
  const closed: RunState = { ...state, rounds: [...state.rounds, record] };
  if (stage.pruning === undefined || pruning === undefined) return closeStage(context, trainee, closed, stage);
  const next = afterRound(context, closed, stage.pruning, pruning);
  const acceptedRound = next.undo ? pruning.acceptedRound : record.round;
  const kept = { ...pruning, acceptedRound };
  if (next.undo) context.store.restore(acceptedFile(state, stage, kept), session);
  settleZeros(session);
  endCollecting(session);
  if (next.kind === "done") return closeStage(context, trainee, { ...closed, pruning: kept }, stage);
  return { ...closed, phase: "prune", pruning: { ...kept, progress: next.progress }, training: undefined };
}

/** The best epoch's accuracy; of one that was chosen by held-out samples also the accuracy on the test data. */
async function bestAccuracy(
  context: RunContext,
  { session }: Trainee,
  { bestEpoch, bestAccuracy: known }: TrainingState,
  files: { readonly best: string; readonly last: string },
): Promise<Accuracy> {
  if (context.data.validation === undefined || bestEpoch === 0) return known;
  context.store.restore(files.best, session);
  const accuracy = await fullAccuracy(context, session, "best epoch", known);
  context.store.restore(files.last, session);
  return accuracy;
}

/** Ends a stage with the network that the next one goes on with. */
async function closeStage(context: RunContext, trainee: Trainee, state: RunState, stage: StagePlan): Promise<RunState> {
  const { attempt, pruning, rounds } = state;
  const { session } = trainee;
  const accepted = rounds.find(({ round }) => round === (pruning?.acceptedRound ?? 1));
  const accuracy = accepted?.accuracy ?? (await fullAccuracy(context, session, stage.name));
  const files = { last: stageFile({ attempt, stage }, "last"), best: stageFile({ attempt, stage }, "best") };
  const bestEpoch = accepted?.bestEpoch ?? 0;
  const record: StageRecord = {
    position: stage.position,
    name: stage.name,
    kind: stage.kind,
    pruned: state.pruned,
    epochs: rounds.reduce((sum, { epochs }) => sum + epochs, 0),
    accuracy,
    bestAccuracy: accepted && bestEpoch > 0 ? accepted.bestAccuracy : accuracy,
    bestEpoch,
    network: measureNetwork(context.model, session),
    files: bestEpoch > 0 ? files : { last: files.last, best: files.last },
  };
  gatherFiles(context, state, stage, record);
  const { network, ...rest } = record;
  const { name, kind, bestAccuracy } = rest;
  context.reporter.event({
    event: "measured",
    ...placeOf(state),
    name,
    kind,
    accuracy,
    bestAccuracy,
    bestEpoch,
    files: record.files,
    ...network,
  });
  return {
    ...state,
    stages: [...state.stages, record],
    phase: "begin",
    pruning: undefined,
    pruned: [],
    rounds: [],
    training: undefined,
  };
}

/** A stage of several rounds has the files of the accepted one at its own place, too. */
function gatherFiles({ store }: RunContext, state: RunState, stage: StagePlan, record: StageRecord): void {
  const { pruning, attempt } = state;
  if (pruning === undefined || stage.pruning?.schedule.kind === "oneshot") return;
  store.copy(acceptedFile(state, stage, pruning), record.files.last);
  const round = roundOf(stage, pruning.acceptedRound);
  if (record.bestEpoch > 0) store.copy(stageFile({ attempt, stage, ...round }, "best"), record.files.best);
}
