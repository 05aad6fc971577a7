/** In which steps a pruning stage goes to its aim: at once, evenly, or as far as the accuracy allows. */

export interface PruneSchedule {
  readonly kind: "oneshot" | "iterative" | "feedback";
  readonly steps: number;
}

/** Where a stage stands. Plain data, kept in checkpoints. */
export interface PruneProgress {
  /** Rounds of pruning and fine-tuning that have begun, from 1. */
  readonly round: number;
  /** How far of the way to the aim the accepted weights are, 0 to 1. */
  readonly accepted: number;
  /** How much farther this round goes. */
  readonly step: number;
}

/** What follows a round. */
export type NextRound =
  | { readonly kind: "done"; /** The round's weights are given up for the accepted ones. */ readonly undo: boolean }
  | { readonly kind: "round"; readonly undo: boolean; readonly progress: PruneProgress };

/** A step that is halved so often without success ends a feedback schedule. */
const halvings = 3;

export function firstRound(schedule: PruneSchedule): PruneProgress {
  return { round: 1, accepted: 0, step: wholeStep(schedule) };
}

/** How far of the way a round goes, 0 to 1. */
export function shareOf({ accepted, step }: PruneProgress): number {
  // Sums of a third and the like: the last step must end at 1.
  const share = accepted + step;
  return share > 1 - 1e-9 ? 1 : share;
}

/**
 * What follows a round, after its fine-tuning. Feedback: the runner-up's method of the challenge (feedback magnitude
 * pruning), in which a missed accuracy undoes the round and makes the step smaller.
 * @param reachedGoal whether the fine-tuned network has the accuracy to be kept; without meaning for other schedules.
 */
export function nextRound(schedule: PruneSchedule, progress: PruneProgress, reachedGoal: boolean): NextRound {
  const { round, accepted, step } = progress;
  if (schedule.kind === "feedback" && !reachedGoal) {
    const smaller = step / 2;
    if (smaller < wholeStep(schedule) / 2 ** halvings) return { kind: "done", undo: true };
    return { kind: "round", undo: true, progress: { round: round + 1, accepted, step: smaller } };
  }
  const share = shareOf(progress);
  if (share >= 1) return { kind: "done", undo: false };
  return { kind: "round", undo: false, progress: { round: round + 1, accepted: share, step } };
}

function wholeStep({ kind, steps }: PruneSchedule): number {
  return kind === "oneshot" ? 1 : 1 / steps;
}
