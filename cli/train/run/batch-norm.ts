/** Estimating batch norm's running statistics anew. */
import { createLoader } from "../../data/loader.js";
import type { RunContext, Trainee } from "./context.js";
import { epochOrder } from "./epoch.js";
import { collectedOf, endCollecting, putCollected } from "./network.js";
import type { TrainingPlan } from "./plan.js";
import type { RunState } from "../checkpoint/state.js";

/**
 * Sets running means and variances to the mean of those of some batches, all of the network as it is now, where the
 * average that training keeps is of the last batches and of weights that have changed since. Everything else stays.
 */
export async function reestimateBatchNorm(
  context: Pick<RunContext, "data" | "signal">,
  { session }: Pick<Trainee, "session">,
  plan: TrainingPlan,
  state: RunState,
): Promise<void> {
  const buffers = runningStatistics(session);
  if (buffers.length === 0 || plan.reestimateBatchNorm === 0) return;
  const collected = collectedOf(session);
  const thresholds = learnedThresholds(session);
  endCollecting(session, true);
  const { train } = context.data;
  const order = epochOrder(train.size, plan, state, plan.epochs).subarray(0, plan.reestimateBatchNorm * plan.batchSize);
  const sums = buffers.map(({ values }) => new Float64Array(values.length));
  let samples = 0;
  for await (const batch of createLoader(train, { batchSize: plan.batchSize, order })) {
    context.signal.throwIfAborted();
    // From zero, a step leaves the momentum's share of this batch's statistic.
    for (const { values } of buffers) values.fill(0);
    await session.trainStep(batch, { step: state.step, forwardOnly: true });
    buffers.forEach(({ values, momentum }, index) => {
      const sum = sums[index];
      if (sum)
        for (let place = 0; place < sum.length; place++)
          sum[place] = (sum[place] ?? 0) + ((values[place] ?? 0) / momentum) * batch.size;
    });
    samples += batch.size;
  }
  buffers.forEach(({ values }, index) => {
    values.set((sums[index] ?? new Float64Array(values.length)).map((sum) => sum / samples));
  });
  putCollected(session, collected);
  for (const [values, kept] of thresholds) values.set(kept);
}

interface RunningStatistic {
  readonly values: Float32Array;
  /** Weight of a new batch. */
  readonly momentum: number;
}

function runningStatistics({ program, parameters }: Trainee["session"]): readonly RunningStatistic[] {
  return program.ops.flatMap((op) => {
    if (op.kind !== "batchNorm" || op.momentum === 0) return [];
    return [op.runningMean, op.runningVar].flatMap((name) => {
      const values = parameters.get(name);
      return values ? [{ values, momentum: op.momentum }] : [];
    });
  });
}

/** Learned thresholds with copies of their values. */
function learnedThresholds({
  program,
  parameters,
}: Trainee["session"]): readonly (readonly [Float32Array, Float32Array])[] {
  return program.parameters.flatMap(({ name, kind }) => {
    const values = parameters.get(name);
    return kind === "threshold" && values ? [[values, values.slice()] as const] : [];
  });
}
