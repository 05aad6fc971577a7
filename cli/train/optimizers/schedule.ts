/** Learning-rate schedules, advanced once per epoch: PyTorch 1.13's. */
import type { ScheduleDefinition } from "../../../shared/dsl/definition.js";

/** Where a schedule stands; plain JSON, to be saved as it is. */
export interface SchedulePosition {
  /** Epochs that are over. */
  readonly epoch: number;
  /** Of `plateau`: what the learning rate has been multiplied by. */
  readonly factor: number;
  /** Of `plateau`: best accuracy so far, and epochs since. */
  readonly best?: number;
  readonly badEpochs: number;
}

export const scheduleStart: SchedulePosition = { epoch: 0, factor: 1, badEpochs: 0 };

/** `ReduceLROnPlateau`'s default: a rise must be by this share of the best. */
const plateauThreshold = 1e-4;
/** `ReduceLROnPlateau`'s default: a smaller change of the learning rate is not made. */
const smallestChange = 1e-8;

/** The learning rate of the epoch at `position`. `lr` is the optimiser's. */
export function learningRate({ kind, options }: ScheduleDefinition, lr: number, position: SchedulePosition): number {
  const { epoch, factor } = position;
  switch (kind) {
    case "constant":
      return lr;
    case "step":
      return lr * numberOption(options.gamma, 0.1) ** Math.floor(epoch / numberOption(options.stepSize, 10));
    case "plateau":
      return lr * factor;
    case "cosineWarmRestarts": {
      const etaMin = numberOption(options.etaMin, 0);
      const { done, period } = cosinePhase(epoch, numberOption(options.t0, 10), numberOption(options.tMult, 1));
      return etaMin + ((lr - etaMin) * (1 + Math.cos((Math.PI * done) / period))) / 2;
    }
  }
}

/** The position after an epoch that reached this test accuracy. `lr` is the optimiser's. */
export function advanceSchedule(
  { kind, options }: ScheduleDefinition,
  position: SchedulePosition,
  { accuracy, lr }: { readonly accuracy: number; readonly lr: number },
): SchedulePosition {
  const next = { ...position, epoch: position.epoch + 1 };
  if (kind !== "plateau") return next;
  const { best, factor } = position;
  if (best === undefined || accuracy > best * (1 + plateauThreshold)) return { ...next, best: accuracy, badEpochs: 0 };
  const badEpochs = position.badEpochs + 1;
  if (badEpochs <= numberOption(options.patience, 10)) return { ...next, badEpochs };
  const reduced = factor * numberOption(options.factor, 0.1);
  return { ...next, badEpochs: 0, factor: lr * (factor - reduced) > smallestChange ? reduced : factor };
}

/** Epochs since the last restart and until the next. */
function cosinePhase(epoch: number, t0: number, tMult: number): { readonly done: number; readonly period: number } {
  if (tMult === 1) return { done: epoch % t0, period: t0 };
  let done = epoch;
  let period = t0;
  while (done >= period) {
    done -= period;
    period *= tMult;
  }
  return { done, period };
}

function numberOption(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}
