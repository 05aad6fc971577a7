/** Runs a session over a part of a data set and counts its predictions. */
import type { Subset } from "../data/dataset.js";
import type { Session } from "../train/backend.js";
import { forEachBatch, spreadPositions, type SampleBatch } from "./batches.js";
import { evaluationCounter, type Evaluation } from "./evaluation.js";

export interface EvaluateOptions {
  /** At most the session's. */
  readonly batchSize: number;
  readonly classes: number;
  /** Elements of one sample. */
  readonly sampleSize: number;
  /** Samples to take, evenly spaced over the subset. Default: all. */
  readonly limit?: number;
  /** Called after each batch. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Sees each batch with its logits (size, classes) before the next one. */
  readonly onBatch?: (batch: SampleBatch, logits: Float32Array) => Promise<void> | void;
  /** Ends the evaluation with the signal's reason after the batch under way. */
  readonly signal?: AbortSignal;
}

/** Predicts the subset's samples in order and counts. Parameters and statistics of the session stay as they are. */
export async function evaluateSession(session: Session, subset: Subset, options: EvaluateOptions): Promise<Evaluation> {
  const { classes, onProgress, onBatch, signal } = options;
  const positions = spreadPositions(subset.size, options.limit);
  const counter = evaluationCounter(classes, subset.snrs ? distinct(pick(subset.snrs, positions)) : []);
  let done = 0;
  await forEachBatch(subset, positions, options, async (batch) => {
    signal?.throwIfAborted();
    const logits = await session.predict(batch.x, batch.size);
    counter.add(logits, pick(subset.labels, batch.positions), subset.snrs && pick(subset.snrs, batch.positions));
    await onBatch?.(batch, logits);
    done += batch.size;
    onProgress?.(done, positions.length);
  });
  return counter.result();
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function pick(values: ArrayLike<number>, positions: Uint32Array): number[] {
  return Array.from(positions, (position) => values[position] ?? 0);
}
