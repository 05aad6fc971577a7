/** Runs a session over a part of a data set and counts its predictions. */
import type { Subset } from "../data/dataset.js";
import { createLoader, sequentialOrder } from "../data/loader.js";
import { RandomStream } from "../data/random/stream.js";
import type { Batch, Session } from "../train/backend.js";
import { evaluationCounter, type Evaluation, type EvaluationCounter } from "./evaluation.js";

export interface EvaluateOptions {
  /** At most the session's. */
  readonly batchSize: number;
  readonly classes: number;
  /** Samples to take, spread over the subset (`spreadPositions`). Default: all. */
  readonly limit?: number;
  /** Called after each batch. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Sees each batch with its logits (size, classes) and positions in the subset before the next one. */
  readonly onBatch?: (batch: Batch, logits: Float32Array, positions: Uint32Array) => Promise<void> | void;
  /** Ends the evaluation with the signal's reason before the next batch. */
  readonly signal?: AbortSignal;
}

/** Predicts the subset's samples in order and counts. Parameters and statistics of the session stay as they are. */
export async function evaluateSession(session: Session, subset: Subset, options: EvaluateOptions): Promise<Evaluation> {
  const { batchSize, onProgress, onBatch, signal } = options;
  const order = spreadPositions(subset.size, options.limit);
  const counter = counterFor(subset, options);
  let done = 0;
  for await (const batch of createLoader(subset, { batchSize, order })) {
    signal?.throwIfAborted();
    const positions = order.subarray(done, done + batch.size);
    const logits = await session.predict(batch.x, batch.size);
    counter.add(logits, batch.labels, subset.snrs && pick(subset.snrs, positions));
    await onBatch?.(batch, logits, positions);
    done += batch.size;
    onProgress?.(done, order.length);
  }
  return counter.result();
}

/** A counter for the samples that `evaluateSession` takes with these options. */
export function counterFor(
  { size, snrs }: Subset,
  { classes, limit }: Pick<EvaluateOptions, "classes" | "limit">,
): EvaluationCounter {
  return evaluationCounter(classes, snrs ? distinct(pick(snrs, spreadPositions(size, limit))) : []);
}

/**
 * `limit` positions of a subset, one from each of as many equal stretches, always the same ones; all without a limit. Where in
 * its stretch a position lies is random: even steps could leave out every other signal-to-noise ratio of a sorted subset.
 */
export function spreadPositions(size: number, limit = size): Uint32Array {
  if (limit >= size) return sequentialOrder(size);
  const random = new RandomStream(spreadSeed);
  return Uint32Array.from({ length: limit }, (_, index) => Math.floor(((index + random.uniform()) * size) / limit));
}

const spreadSeed = 2018;

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function pick(values: ArrayLike<number>, positions: Uint32Array): number[] {
  return Array.from(positions, (position) => values[position] ?? 0);
}
