/** What is saved in the middle of an epoch takes the place of the last whole epoch: it must be no worse, and lose nothing. */
import type { RunState } from "../checkpoint/state.js";
import { placeOf, type RunContext, type RunStore, type Trainee } from "./context.js";
import { refuseRuined } from "./evaluation.js";
import { runFiles, stageFile } from "./folder.js";
import type { StagePlan } from "./plan.js";
import { roundOf } from "./pruning.js";

/**
 * Saves a state in the middle of an epoch. The loss that a step gives is that of the network before it: what the step has made
 * of the network is seen by running it. Throws a `DivergedError`, and saves nothing, when it is of no use any more.
 */
export async function saveMidEpoch(context: RunContext, trainee: Trainee, state: RunState): Promise<void> {
  const stage = context.stages[state.stages.length];
  await refuseRuined(context, trainee.session, `${stage?.name ?? ""}, epoch ${(state.training?.epoch ?? 0) + 1}`);
  context.store.save(state, trainee);
}

/**
 * Before a state in the middle of an epoch is saved over that of the last whole one: copies the latter to where the stage's last
 * network will be. `saved`: what was saved last.
 */
export function keepWholeEpoch(
  { copy }: Pick<RunStore, "copy">,
  stages: readonly StagePlan[],
  saved: RunState,
  next: RunState,
): void {
  const { epoch = 0, batch = 0 } = saved.training ?? {};
  const last = epochFile(stages, saved, "last");
  if (last !== undefined && epoch > 0 && batch === 0 && (next.training?.batch ?? 0) > 0)
    copy(runFiles.checkpoint, last);
}

/** The network of the best epoch of the stage under way, if there is one. */
export function bestFile(stages: readonly StagePlan[], saved: RunState): string | undefined {
  return (saved.training?.bestEpoch ?? 0) > 0 ? epochFile(stages, saved, "best") : undefined;
}

function epochFile(stages: readonly StagePlan[], state: RunState, name: "last" | "best"): string | undefined {
  const stage = stages[state.stages.length];
  const { attempt, round } = placeOf(state);
  return stage && stageFile({ attempt, stage, ...roundOf(stage, round) }, name);
}
