/** A run from its first step to its last: attempts with other seeds when a goal is missed, a checkpoint after each step. */
import type { RunState, StageRecord } from "../checkpoint/state.js";
import { newRunState } from "../checkpoint/state.js";
import { decisive, type RunContext, type Trainee } from "./context.js";
import { advance } from "./stages.js";

export interface Goal {
  /** Accuracy that every stage must have, 0 to 1. */
  readonly accuracy: number;
  /** Attempts with other seeds after the first. */
  readonly restarts: number;
}

/** Gives a network to train: freshly initialised, or as the run starts from. */
export type OpenTrainee = (seed: number) => Promise<Trainee>;

/**
 * Runs all stages that are left. A stage that misses the goal begins the next attempt, as long as there are some; the last
 * attempt is run to its end.
 */
export async function runStages(
  context: RunContext,
  start: { readonly state: RunState; readonly trainee: Trainee },
  { open, goal }: { readonly open: OpenTrainee; readonly goal?: Goal | undefined },
): Promise<RunState> {
  let { state, trainee } = start;
  try {
    for (;;) {
      const next = await advance(context, trainee, state);
      if (next === undefined) return state;
      const finished = next.stages[state.stages.length];
      if (
        finished !== undefined &&
        goal !== undefined &&
        next.attempt <= goal.restarts &&
        misses(finished, goal.accuracy)
      ) {
        await trainee.session.close();
        state = nextAttempt(next);
        trainee = await open(state.seed);
        context.reporter.event({ event: "attempt", attempt: state.attempt, seed: state.seed });
      } else state = next;
      context.store.save(state, trainee);
      context.signal.throwIfAborted();
    }
  } finally {
    await trainee.session.close();
  }
}

/** Judged by the best epoch, as the challenge winner recorded it. */
export function misses(
  { accuracy, bestAccuracy }: Pick<StageRecord, "accuracy" | "bestAccuracy">,
  goal: number,
): boolean {
  return Math.max(decisive(accuracy), decisive(bestAccuracy)) < goal;
}

function nextAttempt({ attempt, seed, stages, missed }: RunState): RunState {
  return newRunState((seed + 1) >>> 0, attempt + 1, [...missed, { attempt, seed, stages }]);
}
