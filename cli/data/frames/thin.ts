/** Tiny runs: an even share of the samples of every class and SNR. */

import { sequentialOrder } from "../loader.js";
import { pickSamples, type SubsetSamples } from "./subset.js";

/** What is known of the samples of a part. */
type Tagged = Pick<SubsetSamples, "labels" | "snrs">;

/** Training and test thinned alike: at most `count` samples together, at least one of each that has any. */
export function thinnedParts(
  { train, test }: { readonly train: SubsetSamples; readonly test: SubsetSamples },
  count: number,
): { train: SubsetSamples; test: SubsetSamples } {
  const total = train.labels.length + test.labels.length;
  const forTest = Math.min(Math.max(1, Math.round((count * test.labels.length) / total)), test.labels.length);
  return {
    train: pickSamples(train, thinned(train, Math.max(1, count - forTest))),
    test: pickSamples(test, thinned(test, forTest)),
  };
}

/**
 * Positions of about `count` samples, ascending: exactly `count` in all (all samples when there are fewer), of each
 * class as many as its share says, and of each SNR within the class likewise, to the nearest whole number. When a class
 * gets fewer samples than it has SNRs, different classes get different SNRs. Deterministic; within a class and SNR the
 * first samples are taken.
 */
export function thinned({ labels, snrs }: Tagged, count: number): Uint32Array {
  if (count >= labels.length) return sequentialOrder(labels.length);
  const positions: number[] = [];
  const classes = [...groupBy(labels.keys(), (position) => labels[position] ?? 0)].sort(([a], [b]) => a - b);
  const perClass = quotas(
    classes.map(([, members]) => members.length),
    count,
    0,
  );
  classes.forEach(([label, members], index) => {
    const levels = [...groupBy(members, (position) => snrs?.[position] ?? 0)].sort(([a], [b]) => a - b);
    const perLevel = quotas(
      levels.map(([, frames]) => frames.length),
      perClass[index] ?? 0,
      (label * goldenRatio) % 1,
    );
    levels.forEach(([, frames], level) => {
      for (const position of frames.slice(0, perLevel[level] ?? 0)) positions.push(position);
    });
  });
  return Uint32Array.from(positions).sort();
}

/** Multiples of it, modulo 1, are spread evenly however many there are. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** Shares `count` among groups of these sizes in proportion: cumulative rounding, which starts at `offset` (0 to 1). */
function quotas(sizes: readonly number[], count: number, offset: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  return sizes.map((size) => {
    const taken = Math.floor((before * count) / total + offset);
    before += size;
    return Math.floor((before * count) / total + offset) - taken;
  });
}

function groupBy(positions: Iterable<number>, key: (position: number) => number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const position of positions) {
    const group = groups.get(key(position));
    if (group === undefined) groups.set(key(position), [position]);
    else group.push(position);
  }
  return groups;
}
