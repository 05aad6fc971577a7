/** Memory for things that live for a time: those that do not live at once may share it. */

export interface Interval {
  readonly size: number;
  /** First and last moment of use, both included. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Offsets such that no two intervals that overlap in time overlap in memory, found by placing the largest first, each at the
 * lowest offset where it fits.
 * @returns an offset for each interval, and the size of the whole
 */
export function packIntervals(intervals: readonly Interval[]): {
  readonly offsets: readonly number[];
  readonly size: number;
} {
  const order = [...intervals.entries()].sort(([, a], [, b]) => b.size - a.size);
  const offsets = new Array<number>(intervals.length).fill(0);
  const placed: (Interval & { readonly offset: number })[] = [];
  let total = 0;
  for (const [index, interval] of order) {
    const offset = lowestFit(interval, placed);
    offsets[index] = offset;
    placed.push({ ...interval, offset });
    total = Math.max(total, offset + interval.size);
  }
  return { offsets, size: total };
}

function lowestFit(interval: Interval, placed: readonly (Interval & { readonly offset: number })[]): number {
  const rivals = placed
    .filter(({ begin, end }) => begin <= interval.end && interval.begin <= end)
    .sort((a, b) => a.offset - b.offset);
  let offset = 0;
  for (const rival of rivals) {
    if (offset + interval.size <= rival.offset) break;
    offset = Math.max(offset, rival.offset + rival.size);
  }
  return offset;
}
