/** One epoch of training: batches in their order, from wherever the state stands. */
import { createLoader, shuffledOrder } from "../../data/loader.js";
import { formatCount } from "../../../shared/format.js";
import type { Batch, StepOptions } from "../backend.js";
import type { RunState, TrainingState } from "../checkpoint/state.js";
import { clipGradients } from "../optimizers/clip.js";
import { updateParameters } from "../optimizers/optimizer.js";
import { learningRate } from "../optimizers/schedule.js";
import { DivergedError, explodedLoss, lossText, placeOf, type RunContext, type Trainee } from "./context.js";
import { saveMidEpoch } from "./mid-epoch.js";
import { endCollecting } from "./network.js";
import type { TrainingPlan } from "./plan.js";
import { startStopwatch } from "./stopwatch.js";

/** An interrupted or long epoch is saved in between. */
const saveEveryMs = 5 * 60_000;

const progressEveryMs = 1000;

export interface EpochResult {
  readonly state: RunState;
  readonly training: TrainingState;
  /** Of the part that this process trained. */
  readonly seconds: number;
  readonly samples: number;
  readonly lr: number;
}

/** The training that begins in a stage. */
export const newTraining: TrainingState = {
  epoch: 0,
  batch: 0,
  lossSum: 0,
  correct: 0,
  seen: 0,
  schedule: { epoch: 0, factor: 1, badEpochs: 0 },
  optimizerSteps: {},
  accuracy: {},
  bestEpoch: 0,
  bestAccuracy: {},
  reached: false,
};

/** The order of samples is a function of seed, stage, round and epoch alone, so that it can be taken up anywhere. */
export function epochOrder(size: number, plan: TrainingPlan, state: RunState, epoch: number): Uint32Array {
  const { stage, round } = placeOf(state);
  const seed = ((plan.seed ?? state.seed) + (plan.seed === undefined ? 0 : state.attempt - 1)) >>> 0;
  return shuffledOrder(size, seed, ((stage * 1024 + round) * 65_536 + epoch) | 0);
}

/**
 * Trains the rest of an epoch. When the run is interrupted, the batch under way is finished and the state saved, and the
 * signal's reason is thrown. Throws a `DivergedError` when the loss is no number or explodes: what was saved then stays.
 */
export async function trainEpoch(
  context: RunContext,
  trainee: Trainee,
  plan: TrainingPlan,
  start: { readonly state: RunState; readonly training: TrainingState },
): Promise<EpochResult> {
  const { data, reporter, signal, watch } = context;
  let { state, training } = start;
  const order = epochOrder(data.train.size, plan, state, training.epoch);
  const batches = Math.ceil(order.length / plan.batchSize);
  const lr = learningRate(plan.schedule, plan.optimizer.lr, training.schedule);
  const label = `${context.stages[state.stages.length]?.name ?? ""}, epoch ${training.epoch + 1}/${plan.epochs}`;
  const bar = reporter.bar(label, batches);
  const own = startStopwatch();
  let samples = 0;
  const rest = order.subarray(training.batch * plan.batchSize);
  const frozen = freeze(trainee, plan, training.epoch);
  for await (const batch of createLoader(data.train, { batchSize: plan.batchSize, order: rest })) {
    const { loss, correct } = await trainBatch(context, trainee, {
      plan,
      batch,
      lr,
      frozen,
      step: state.step,
      epoch: training.epoch,
    });
    const positions = order.subarray(training.batch * plan.batchSize);
    training = counted(training, { loss, correct, size: batch.size });
    state = { ...state, step: state.step + 1, training };
    if (!(loss < explodedLoss)) throw diverged(context, state, { loss, batch, positions });
    samples += batch.size;
    const rate = samples / own.seconds();
    bar(training.batch, [`loss ${loss.toFixed(3)}`, `${formatCount(Math.round(rate))} samples/s`]);
    if (watch.every("progress", progressEveryMs)) reportProgress(context, state, { batches, loss, rate });
    if (signal.aborted || watch.every("save", saveEveryMs)) await saveMidEpoch(context, trainee, state);
    signal.throwIfAborted();
  }
  return { state, training, seconds: own.seconds(), samples, lr };
}

interface BatchWork {
  readonly plan: TrainingPlan;
  readonly batch: Batch;
  readonly lr: number;
  readonly frozen: ReadonlySet<string>;
  readonly step: number;
  readonly epoch: number;
}

async function trainBatch(
  { teacher }: RunContext,
  { session, optimizer }: Trainee,
  { plan, batch, lr, frozen, step, epoch }: BatchWork,
): Promise<{ readonly loss: number; readonly correct: number }> {
  const { temperature, weight } = plan.distillation;
  const logits = teacher && (await teacher(batch.x, batch.size));
  const options: StepOptions = {
    step,
    labelSmoothing: plan.labelSmoothing,
    freezeBatchNorm: epoch >= (plan.freezeBatchNormAfter ?? Infinity),
    ...(logits && { distillation: { logits, temperature, weight } }),
  };
  const result = await session.trainStep(batch, options);
  if (plan.clipNorm !== undefined) clipGradients(session.gradients, plan.clipNorm);
  updateParameters(plan.optimizer, session, optimizer, { lr, frozen });
  return result;
}

/** From the plan's epoch on no learned scale moves: gives the thresholds to leave alone. */
function freeze(
  { session }: Trainee,
  { freezeScalesAfter = Infinity }: TrainingPlan,
  epoch: number,
): ReadonlySet<string> {
  if (epoch < freezeScalesAfter) return new Set();
  endCollecting(session, true);
  return new Set(session.program.parameters.flatMap(({ name, kind }) => (kind === "threshold" ? [name] : [])));
}

function counted(
  training: TrainingState,
  step: { readonly loss: number; readonly correct: number; readonly size: number },
): TrainingState {
  return {
    ...training,
    batch: training.batch + 1,
    lossSum: training.lossSum + step.loss * step.size,
    correct: training.correct + step.correct,
    seen: training.seen + step.size,
  };
}

function reportProgress(
  { reporter }: RunContext,
  state: RunState,
  { batches, loss, rate }: { readonly batches: number; readonly loss: number; readonly rate: number },
): void {
  const { epoch = 0, batch = 0, seen = 0 } = state.training ?? {};
  const left = batch === 0 ? 0 : ((seen / batch) * (batches - batch)) / rate;
  const samplesPerSecond = Math.round(rate);
  reporter.event({
    event: "progress",
    ...placeOf(state),
    epoch: epoch + 1,
    batch,
    batches,
    loss,
    samplesPerSecond,
    secondsLeft: Math.round(left),
  });
  reporter.scalars(state.step, { "train/loss": loss, "train/samples per second": rate });
}

/** `positions`: those of the batch's samples in the training part, first. */
function diverged(
  { stages, data }: RunContext,
  state: RunState,
  { loss, batch, positions }: { readonly loss: number; readonly batch: Batch; readonly positions: Uint32Array },
): DivergedError {
  const { epoch = 0, batch: count = 0 } = state.training ?? {};
  const place = `in stage "${stages[state.stages.length]?.name ?? ""}", epoch ${epoch + 1}, batch ${count}`;
  // A value that is no number spoils the loss whatever the learning rate is.
  const broken = batch.x.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    const position = positions[Math.floor(broken / data.train.sampleLength)] ?? 0;
    return new DivergedError(
      `The training stopped ${place}: sample ${data.train.indices[position] ?? 0} of the data (counted from 0) has a value that is not a finite number; repair it or leave it out.`,
    );
  }
  return new DivergedError(
    `The training diverged ${place}: the loss is ${lossText(loss)}; lower the learning rate or limit the gradients (clipNorm).`,
  );
}
