/** Runs a session over a part of a data set and counts its predictions. */
import type { Subset } from "../data/dataset.js";
import { createLoader } from "../data/loader.js";
import type { Batch, Session } from "../train/backend.js";
import { evaluationCounter, type Evaluation, type EvaluationCounter } from "./evaluation.js";

export interface EvaluateOptions {
  /** At most the session's. */
  readonly batchSize: number;
  readonly classes: number;
  /** Samples to take, evenly spaced over the subset. Default: all. */
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

/** `limit` positions of a subset, evenly spaced, so that a sorted subset gives all of its classes and ratios; all without a limit. */
export function spreadPositions(size: number, limit = size): Uint32Array {
  const count = Math.min(size, limit);
  return Uint32Array.from({ length: count }, (_, index) => Math.floor((index * size) / count));
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function pick(values: ArrayLike<number>, positions: Uint32Array): number[] {
  return Array.from(positions, (position) => values[position] ?? 0);
}
