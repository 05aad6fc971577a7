/**
 * Rows by two objectives, accuracy (high) and score (low). Source: Deb, Pratap, Agarwal and Meyarivan, A fast and elitist
 * multiobjective genetic algorithm: NSGA-II (2002), sections III.A and III.B.
 */
import type { Measured } from "../rows.js";
import type { SampledRow } from "./sampler.js";

type Objectives = Pick<Measured, "accuracy" | "score">;

/** A row that is over, with its place among all: the front it is on, from 0, and how lonely it is there. */
export interface RankedRow {
  readonly row: SampledRow;
  readonly rank: number;
  /** Distance between its neighbours on the front, in shares of the front's length; infinite at the ends. */
  readonly crowding: number;
}

/** True when `a` is at least as good in both objectives and better in one. */
export function dominates(a: Objectives, b: Objectives): boolean {
  return a.accuracy >= b.accuracy && a.score <= b.score && (a.accuracy > b.accuracy || a.score < b.score);
}

/**
 * The rows that are over, the best first: by front, then the lonelier ones. What failed or was too dear to be trained stands
 * behind all that were measured. Rows that are pending are left out.
 */
export function rankRows(rows: readonly SampledRow[]): readonly RankedRow[] {
  const measured = rows.flatMap((row) => (row.result === undefined ? [] : [{ row, result: row.result }]));
  const fronts = frontsOf(measured);
  const ranked = fronts.flatMap((front, rank) => {
    const distances = crowdingOf(front.map(({ result }) => result));
    return front.map(({ row }, index): RankedRow => ({ row, rank, crowding: distances[index] ?? 0 }));
  });
  const useless = rows.filter(({ state, result }) => state !== "pending" && result === undefined);
  return [
    ...ranked.toSorted(compareRanked),
    ...useless.map((row): RankedRow => ({ row, rank: fronts.length, crowding: 0 })),
  ];
}

/** Negative when `a` is the better one; of equal ones the first that was chosen. */
function compareRanked(a: RankedRow, b: RankedRow): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.crowding !== b.crowding) return b.crowding - a.crowding;
  return a.row.row - b.row.row;
}

/**
 * Front by front. With two objectives a sorted sweep finds each row's front: it is the first whose last member does not
 * dominate it (Jensen, 2003), O(n log n) and not O(n^2).
 */
function frontsOf<Row extends { readonly result: Objectives }>(rows: readonly Row[]): readonly (readonly Row[])[] {
  const sorted = rows.toSorted((a, b) => a.result.score - b.result.score || b.result.accuracy - a.result.accuracy);
  const fronts: Row[][] = [];
  for (const row of sorted) {
    let [low, high] = [0, fronts.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const last = fronts[middle]?.at(-1);
      if (last !== undefined && dominates(last.result, row.result)) low = middle + 1;
      else high = middle;
    }
    const front = fronts[low];
    if (front) front.push(row);
    else fronts.push([row]);
  }
  return fronts;
}

/** Of the members of a front, by their index. */
function crowdingOf(front: readonly Objectives[]): readonly number[] {
  const distances = front.map(() => 0);
  for (const key of ["accuracy", "score"] as const) {
    const order = front.map((_, index) => index).sort((a, b) => (front[a]?.[key] ?? 0) - (front[b]?.[key] ?? 0));
    const at = (place: number): number => front[order[place] ?? -1]?.[key] ?? 0;
    const length = at(order.length - 1) - at(0);
    for (const [place, index] of order.entries()) {
      const isEnd = place === 0 || place === order.length - 1;
      const gap = length === 0 ? 0 : (at(place + 1) - at(place - 1)) / length;
      distances[index] = (distances[index] ?? 0) + (isEnd ? Infinity : gap);
    }
  }
  return distances;
}
