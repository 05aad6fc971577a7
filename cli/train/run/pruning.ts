/** The part of a stage that prunes: masks for a round, and what is kept of it. */
import type { PrunedRecord, PruningState, RunState } from "../checkpoint/state.js";
import { CliError } from "../../errors.js";
import type { TrainProgram } from "../program.js";
import { aimAt, masksFor } from "../prune/aim.js";
import { sparsityOf, type Masks } from "../prune/masks.js";
import { firstRound, nextRound, shareOf, type NextRound } from "../prune/schedule.js";
import { currentStage, decisive, placeOf, type RunContext, type Trainee } from "./context.js";
import { decisiveAccuracy } from "./evaluation.js";
import { stageFile } from "./folder.js";
import { measureNetwork, prunableWeights, scoreWith } from "./measure.js";
import type { PruningPlan, StagePlan } from "./plan.js";

/** Where a stage begins to prune from. */
export function beginPruning(context: RunContext, { session }: Trainee, plan: PruningPlan): PruningState {
  const { model, flavor } = context;
  return {
    progress: firstRound(plan.schedule),
    from: {
      sparsity: sparsityOf(prunableWeights(model, session, flavor)),
      score: scoreWith(model, session, session.masks, flavor),
    },
    acceptedRound: 0,
  };
}

/**
 * Prunes a round's share and measures the network before any fine-tuning. Zeros that were pruned before stay. Throws a
 * `CliError` when an aimed score is out of reach.
 */
export async function pruneRound(
  context: RunContext,
  trainee: Trainee,
  state: RunState,
  { plan, pruning }: { readonly plan: PruningPlan; readonly pruning: PruningState },
): Promise<PrunedRecord> {
  const { model, flavor, reporter } = context;
  const { session } = trainee;
  const name = currentStage(context, state)?.name ?? "";
  const share = shareOf(pruning.progress);
  const aim = aimAt(plan.aim, pruning.from, share);
  const weights = prunableWeights(model, session, flavor);
  const masks = masksFor(aim, weights, plan.ranking, (candidate) =>
    scoreWith(model, session, joined(session.masks, candidate), flavor),
  );
  if (masks === undefined) {
    throw new CliError(
      `The stage "${name}" cannot reach the score ${aim.value}: what is left has it without any weight; aim at a higher score.`,
    );
  }
  for (const [weight, mask] of joined(session.masks, masks)) session.setMask(weight, mask);
  const accuracy = await decisiveAccuracy(context, session, `${name}, pruned`);
  const network = measureNetwork(model, session);
  for (const { layer } of network.layers.filter(({ nonZero }) => nonZero === 0)) {
    reporter.event({ event: "warning", message: `All weights of "${layer}" are zero now: nothing passes the layer.` });
  }
  for (const name of neverZero(session.program).filter((weight) => session.masks.get(weight)?.includes(0))) {
    const message = `"${name}" has one signed bit, whose levels are -scale and +scale: a pruned weight is +scale, and pruning saves nothing.`;
    reporter.event({ event: "warning", message });
  }
  const place = placeOf(state);
  reporter.event({ event: "pruned", ...place, name, share, accuracy, ...network });
  return { round: place.round, share, accuracy, network };
}

/** Weights whose quantiser has no zero. */
function neverZero({ ops, quantizers }: TrainProgram): readonly string[] {
  const weights = ops.flatMap((op) => (op.kind === "conv" || op.kind === "linear" ? [op.weight] : []));
  return weights
    .filter(({ quantizer }) => quantizers[quantizer ?? -1]?.kind === "binary")
    .map(({ parameter }) => parameter);
}

/** Zero where either is. */
function joined(before: Masks, masks: Masks): Masks {
  const all = new Map(before);
  for (const [name, mask] of masks) {
    const other = before.get(name);
    all.set(name, other ? mask.map((bit, index) => bit & (other[index] ?? 1)) : mask);
  }
  return all;
}

/** What follows a round that is over; says so when the round is given up. */
export function afterRound(context: RunContext, state: RunState, plan: PruningPlan, pruning: PruningState): NextRound {
  const { accuracy = {} } = state.rounds.at(-1) ?? {};
  const goal = plan.minAccuracy ?? 0;
  const next = nextRound(plan.schedule, pruning.progress, decisive(accuracy) >= goal);
  if (next.undo) {
    const name = currentStage(context, state)?.name ?? "";
    context.reporter.event({ event: "undone", ...placeOf(state), name, accuracy: decisive(accuracy), goal });
  }
  return next;
}

/** The folder of a round; a stage that prunes at once has none. */
export function roundOf({ pruning: plan }: StagePlan, round: number): { readonly round?: number } {
  return plan === undefined || plan.schedule.kind === "oneshot" ? {} : { round };
}

/** The network that a round goes back to: that of the accepted round, or from before the stage. */
export function acceptedFile(state: RunState, stage: StagePlan, { acceptedRound }: PruningState): string {
  const { attempt } = state;
  return acceptedRound === 0
    ? stageFile({ attempt, stage }, "start")
    : stageFile({ attempt, stage, ...roundOf(stage, acceptedRound) }, "last");
}
