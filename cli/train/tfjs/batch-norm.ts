/** Batch normalisation. */
import type { TrainOp } from "../program.js";
import { otherAxes, perChannel, simpleRun, take, tidied, type OpRun, type Tensor } from "./op-run.js";
import { addTo, gradientOf, parameterOf, type Step } from "./step.js";

type BatchNormOp = TrainOp & { readonly kind: "batchNorm" };

/** Normalises by the batch's statistics in training, which update the running ones; else by the running ones. */
export async function runBatchNorm(step: Step, op: BatchNormOp, x: Tensor): Promise<OpRun> {
  const usesBatch = step.training && !step.freezeBatchNorm;
  return usesBatch ? normalizeByBatch(step, op, x) : normalizeByRunning(step, op, x);
}

async function normalizeByBatch(step: Step, op: BatchNormOp, x: Tensor): Promise<OpRun> {
  const { tf } = step.state;
  const axes = otherAxes(x.rank);
  const gamma = parameterOf(step, op.gamma);
  const beta = parameterOf(step, op.beta);
  const [output, normalized, deviation, mean, variance] = tidied(tf, () => {
    const batchMean = tf.mean(x, axes, true);
    const centred = tf.sub(x, batchMean);
    const batchVariance = tf.mean(tf.square(centred), axes, true);
    const root = tf.sqrt(tf.add(batchVariance, op.eps));
    const standard = tf.div(centred, root);
    const y = tf.add(tf.mul(standard, perChannel(tf, gamma, x.rank)), perChannel(tf, beta, x.rank));
    return [y, standard, root, batchMean, batchVariance] as const satisfies readonly Tensor[];
  });
  await updateRunning(step, op, { mean, variance, count: x.size / gamma.length });
  const backward = async (dy: Tensor) => {
    const [dx, dGamma, dBeta] = tidied(tf, () => {
      const toScale = tf.mul(dy, normalized);
      const centred = tf.sub(dy, tf.mean(dy, axes, true));
      const mixed = tf.sub(centred, tf.mul(normalized, tf.mean(toScale, axes, true)));
      const input = tf.div(tf.mul(mixed, perChannel(tf, gamma, x.rank)), deviation);
      return [input, tf.sum(toScale, axes), tf.sum(dy, axes)] as const satisfies readonly Tensor[];
    });
    await addGradients(step, op, dGamma, dBeta);
    return [dx];
  };
  return { output, saved: [normalized, deviation], backward };
}

function normalizeByRunning(step: Step, op: BatchNormOp, x: Tensor): OpRun {
  const { tf } = step.state;
  const deviation = parameterOf(step, op.runningVar).map((variance) => Math.sqrt(variance + op.eps));
  const gamma = parameterOf(step, op.gamma);
  const along = (values: Float32Array) => perChannel(tf, values, x.rank);
  const run = simpleRun(
    tf,
    () => {
      const normalized = tf.div(tf.sub(x, along(parameterOf(step, op.runningMean))), along(deviation));
      return [tf.add(tf.mul(normalized, along(gamma)), along(parameterOf(step, op.beta))), normalized];
    },
    (dy) => [tf.div(tf.mul(dy, along(gamma)), along(deviation))],
  );
  const [normalized = run.output] = run.saved;
  const backward = async (dy: Tensor) => {
    const axes = otherAxes(x.rank);
    const dGamma = tf.tidy(() => tf.sum(tf.mul(dy, normalized), axes));
    await addGradients(step, op, dGamma, tf.sum(dy, axes));
    return run.backward(dy);
  };
  return { ...run, backward };
}

async function addGradients(step: Step, op: BatchNormOp, dGamma: Tensor, dBeta: Tensor): Promise<void> {
  for (const [name, tensor] of [
    [op.gamma, dGamma],
    [op.beta, dBeta],
  ] as const) {
    const values = await take(tensor);
    const sum = gradientOf(step, name, values.length);
    values.forEach((value, channel) => {
      addTo(sum, channel, value);
    });
  }
}

interface BatchStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
  /** Values per channel. */
  readonly count: number;
}

/** The running variance is unbiased, the one that normalises is not. */
async function updateRunning(step: Step, op: BatchNormOp, { mean, variance, count }: BatchStatistics): Promise<void> {
  const unbiased = count / Math.max(count - 1, 1);
  const mix = (name: string, batch: Float32Array, factor: number) => {
    const running = parameterOf(step, name);
    batch.forEach((value, channel) => {
      running[channel] = (1 - op.momentum) * (running[channel] ?? 0) + op.momentum * factor * value;
    });
  };
  mix(op.runningMean, await take(mean), 1);
  mix(op.runningVar, await take(variance), unbiased);
}
