/** A part of the training data that is held out to choose by, so that the test data is not chosen by. */
import type { Subset } from "../../data/dataset.js";
import { sequentialOrder } from "../../data/loader.js";
import { RandomStream } from "../../data/random/stream.js";

export interface TrainingParts {
  readonly train: Subset;
  readonly validation: Subset;
}

/** The division is the same for every seed of the run: attempts are compared on the same samples. */
const divisionSeed = 2018;

/**
 * Holds out a share (above 0, below 1) of each class and signal-to-noise ratio, at random, at least one sample where there
 * are two; the rest stays for training in its order.
 */
export function holdOut(subset: Subset, share: number): TrainingParts {
  const groups = new Map<number, number[]>();
  for (let position = 0; position < subset.size; position++) {
    const key = (subset.labels[position] ?? 0) * 65_536 + ((subset.snrs?.[position] ?? 0) + 32_768);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [position]);
    else group.push(position);
  }
  const held = new Uint8Array(subset.size);
  for (const [key, members] of groups) {
    const random = new RandomStream(divisionSeed, key);
    const count = Math.min(members.length - 1, Math.max(1, Math.round(share * members.length)));
    // The first `count` places of a shuffle by Fisher and Yates.
    for (let index = 0; index < count; index++) {
      const other = index + random.below(members.length - index);
      const chosen = members[other] ?? 0;
      members[other] = members[index] ?? 0;
      members[index] = chosen;
      held[chosen] = 1;
    }
  }
  const all = sequentialOrder(subset.size);
  return {
    train: pick(
      subset,
      all.filter((position) => held[position] === 0),
    ),
    validation: pick(
      subset,
      all.filter((position) => held[position] === 1),
    ),
  };
}

/** The samples of a part at these positions. */
function pick(subset: Subset, positions: Uint32Array): Subset {
  const { sampleLength, labels, snrs, indices } = subset;
  return {
    size: positions.length,
    sampleLength,
    labels: Uint16Array.from(positions, (position) => labels[position] ?? 0),
    ...(snrs && { snrs: Int16Array.from(positions, (position) => snrs[position] ?? 0) }),
    indices: Uint32Array.from(positions, (position) => indices[position] ?? 0),
    read: (wanted, into) =>
      subset.read(
        wanted.map((position) => positions[position] ?? 0),
        into,
      ),
  };
}
