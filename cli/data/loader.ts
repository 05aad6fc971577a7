/** Batches for training and evaluation, read ahead so that whoever uses them does not wait for the source. */
import type { Batch } from "../train/backend.js";
import type { Subset } from "./dataset.js";
import { RandomStream } from "./random/stream.js";

export interface LoaderOptions {
  readonly batchSize: number;
  /** Positions in the part, in the order in which they are wanted; see `shuffledOrder`. */
  readonly order: Uint32Array;
  /** Leave out the last batch when it is not full. Default false. */
  readonly dropLast?: boolean;
  /** Batches that are read while one is used. Default 2. */
  readonly prefetch?: number;
}

/** A batch that is being read, with the arrays that it will be in. */
interface Slot {
  readonly x: Float32Array;
  readonly labels: Int32Array;
}

/**
 * The samples at `order` in batches. The arrays of a batch are used again: they hold until the next batch is asked for.
 * A failed read fails the iteration where its batch is due.
 */
export async function* createLoader(
  subset: Subset,
  { batchSize, order, dropLast = false, prefetch = 2 }: LoaderOptions,
): AsyncGenerator<Batch, void, undefined> {
  const nBatches = dropLast ? Math.floor(order.length / batchSize) : Math.ceil(order.length / batchSize);
  const slots: Slot[] = Array.from({ length: Math.min(prefetch + 1, nBatches) }, () => ({
    x: new Float32Array(batchSize * subset.sampleLength),
    labels: new Int32Array(batchSize),
  }));
  const pending: Promise<Batch>[] = [];
  const start = (index: number) => {
    const slot = slots[index % slots.length];
    if (slot === undefined || index >= nBatches) return;
    const batch = readBatch(subset, order.subarray(index * batchSize, (index + 1) * batchSize), slot);
    // Whoever comes to this batch sees the failure; until then it must not count as unhandled.
    batch.catch(() => undefined);
    pending.push(batch);
  };
  try {
    for (let index = 0; index < prefetch; index++) start(index);
    for (let index = 0; index < nBatches; index++) {
      // The batch before has been given back, so its arrays are free.
      start(index + prefetch);
      const batch = await pending.shift();
      if (batch !== undefined) yield batch;
    }
  } finally {
    await Promise.allSettled(pending);
  }
}

async function readBatch(subset: Subset, positions: Uint32Array, { x, labels }: Slot): Promise<Batch> {
  const size = positions.length;
  for (let index = 0; index < size; index++) labels[index] = subset.labels[positions[index] ?? 0] ?? 0;
  const filled = x.subarray(0, size * subset.sampleLength);
  await subset.read(positions, filled);
  return { x: filled, labels: labels.subarray(0, size), size };
}

/** All positions of a part in the order of an epoch: a random permutation, the same for equal seed and epoch. */
export function shuffledOrder(size: number, seed: number, epoch: number): Uint32Array {
  const order = sequentialOrder(size);
  const random = new RandomStream(seed, epoch, orderStream);
  for (let index = size - 1; index > 0; index--) {
    const other = random.below(index + 1);
    const kept = order[index] ?? 0;
    order[index] = order[other] ?? 0;
    order[other] = kept;
  }
  return order;
}

/** Keeps orders apart from the streams of frames, which have other numbers in this place. */
const orderStream = -1;

/** All positions of a part as they come. */
export function sequentialOrder(size: number): Uint32Array {
  return Uint32Array.from({ length: size }, (_, index) => index);
}
