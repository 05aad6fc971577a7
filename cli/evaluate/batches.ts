/** Reads a part of a data set in order, a batch ahead of whoever works on it. */
import type { Subset } from "../data/dataset.js";

export interface SampleBatch {
  /** Positions in the subset. */
  readonly positions: Uint32Array;
  /** Samples one after another; valid until the visitor's promise is settled. */
  readonly x: Float32Array;
  readonly size: number;
}

/** `limit` positions of a subset, evenly spaced, so that a sorted subset gives all of its classes and ratios; all without a limit. */
export function spreadPositions(size: number, limit = size): Uint32Array {
  const count = Math.min(size, limit);
  return Uint32Array.from({ length: count }, (_, index) => Math.floor((index * size) / count));
}

/**
 * Calls `visit` for each batch of at most `batchSize` samples at `positions`, in order. The next batch is read meanwhile,
 * so two are in memory. `sampleSize`: elements of one sample.
 */
export async function forEachBatch(
  subset: Subset,
  positions: Uint32Array,
  { batchSize, sampleSize }: { readonly batchSize: number; readonly sampleSize: number },
  visit: (batch: SampleBatch) => Promise<void>,
): Promise<void> {
  const buffers = [0, 1].map(() => new Float32Array(Math.min(batchSize, positions.length) * sampleSize));
  const batchAt = async (index: number): Promise<SampleBatch | undefined> => {
    const part = positions.subarray(index * batchSize, (index + 1) * batchSize);
    const buffer = buffers[index % 2];
    if (part.length === 0 || buffer === undefined) return undefined;
    const x = buffer.subarray(0, part.length * sampleSize);
    await subset.read(part, x);
    return { positions: part, x, size: part.length };
  };
  let next = batchAt(0);
  for (let index = 0; ; index++) {
    const batch = await next;
    if (batch === undefined) return;
    next = batchAt(index + 1);
    // A read that fails while the visitor works is told when its turn comes. When the visitor fails, its error is the one to
    // tell, once the read under way has ended: the caller may close the data set then.
    const settled = next.catch(() => undefined);
    try {
      await visit(batch);
    } catch (error) {
      await settled;
      throw error;
    }
  }
}
