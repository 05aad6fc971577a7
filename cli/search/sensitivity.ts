/**
 * How much the network's answers change when one location gets fewer bits: the mean Kullback-Leibler divergence of its class
 * probabilities from those at the widths that are written, over a calibration batch. For small changes that is the second-order
 * term of the loss, as in HAWQ, without a Hessian. Source: Cai et al., ZeroQ (2020), equation 5.
 */
import type { Subset } from "../data/dataset.js";
import { createLoader } from "../data/loader.js";
import { spreadPositions } from "../evaluate/evaluate.js";
import type { Backend } from "../train/backend.js";
import type { SavedNetwork } from "../train/checkpoint/checkpoint.js";
import type { TrainProgram } from "../train/program.js";
import { putNetwork } from "../train/run/network.js";
import { withWidth, type Location } from "./locations.js";

/** Nats by width; 0 at the width that is written. */
export type Sensitivity = Readonly<Record<number, number>>;

export interface CalibrationSamples {
  readonly subset: Subset;
  /** Taken evenly from the subset. */
  readonly limit: number;
}

export interface SensitivityOptions {
  readonly backend: Backend;
  readonly program: TrainProgram;
  readonly network: Omit<SavedNetwork, "buffers">;
  readonly samples: CalibrationSamples;
  readonly threads: number;
  readonly signal: AbortSignal;
}

const batchSize = 64;

/** Measures locations one after the other. Each is compared with the network as it is, whose answers are computed once. */
export async function sensitivityMeter(
  options: SensitivityOptions,
): Promise<(location: Location) => Promise<Sensitivity>> {
  const reference = await answers(options.program, options);
  return async ({ site, widths }) => {
    const found: Record<number, number> = {};
    for (const bits of widths) {
      const isWritten = bits === site.value;
      const other = isWritten ? reference : await answers(withWidth(options.program, site.nodes, bits), options);
      found[bits] = isWritten ? 0 : divergence(reference, other);
    }
    return found;
  };
}

interface Answers {
  readonly logits: Float32Array;
  readonly classes: number;
}

async function answers(
  program: TrainProgram,
  { backend, network, samples: { subset, limit }, threads, signal }: SensitivityOptions,
): Promise<Answers> {
  const session = await backend.open(program, { batchSize, threads, inferenceOnly: true });
  try {
    putNetwork(session, network);
    const order = spreadPositions(subset.size, limit);
    const classes = program.values[program.output]?.shape[0] ?? 0;
    const logits = new Float32Array(order.length * classes);
    let done = 0;
    for await (const batch of createLoader(subset, { batchSize, order })) {
      signal.throwIfAborted();
      logits.set(await session.predict(batch.x, batch.size), done * classes);
      done += batch.size;
    }
    return { logits, classes };
  } finally {
    await session.close();
  }
}

/** The mean over samples of `sum p * log(p / q)`, in nats; never below 0, where rounding would take it. */
export function divergence({ logits: first, classes }: Answers, { logits: second }: Answers): number {
  const samples = classes === 0 ? 0 : first.length / classes;
  let sum = 0;
  for (let sample = 0; sample < samples; sample++) {
    const own = first.subarray(sample * classes, (sample + 1) * classes);
    const other = second.subarray(sample * classes, (sample + 1) * classes);
    const [ownLog, otherLog] = [logSumExp(own), logSumExp(other)];
    for (let index = 0; index < classes; index++) {
      const logP = (own[index] ?? 0) - ownLog;
      sum += Math.exp(logP) * (logP - ((other[index] ?? 0) - otherLog));
    }
  }
  return samples === 0 ? 0 : Math.max(0, sum / samples);
}

function logSumExp(logits: Float32Array): number {
  const highest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
  return highest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0));
}
