/** What an evaluation's counts say: pure derivations. Accuracies are shares, 0 to 1. */
import type { Evaluation } from "./evaluation.js";

/** Samples and how many of them were recognised. */
export interface Tally {
  readonly correct: number;
  readonly samples: number;
  /** `correct / samples`; 0 when there are no samples. */
  readonly accuracy: number;
}

export function tally(correct: number, samples: number): Tally {
  return { correct, samples, accuracy: samples === 0 ? 0 : correct / samples };
}

/** Groups of the evaluation: one per signal-to-noise ratio, else one. */
function groupCount({ snrs }: Evaluation): number {
  return Math.max(1, snrs.length);
}

/** Over all classes and signal-to-noise ratios. */
export function overall(evaluation: Evaluation): Tally {
  const { totals } = evaluation;
  return tally(correctOf(evaluation, allGroups(evaluation), allClasses(evaluation)), sum(totals));
}

/** One tally per signal-to-noise ratio; none when the source has no ratios. */
export function bySnr(evaluation: Evaluation): (Tally & { readonly snr: number })[] {
  return evaluation.snrs.map((snr, group) => ({ snr, ...cellTally(evaluation, [group], allClasses(evaluation)) }));
}

/** One tally per class (the accuracy is the class's recall), with the precision of its predictions. */
export function byClass(evaluation: Evaluation): (Tally & { readonly precision: number })[] {
  const matrix = confusionMatrix(evaluation);
  const { classes } = evaluation;
  return allClasses(evaluation).map((label) => {
    const predicted = sum(allClasses(evaluation).map((row) => matrix[row * classes + label] ?? 0));
    const result = cellTally(evaluation, allGroups(evaluation), [label]);
    return { ...result, precision: predicted === 0 ? 0 : result.correct / predicted };
  });
}

/** Tallies by class, then by group (one group when the source has no ratios). */
export function byClassAndSnr(evaluation: Evaluation): Tally[][] {
  return allClasses(evaluation).map((label) =>
    allGroups(evaluation).map((group) => cellTally(evaluation, [group], [label])),
  );
}

/** Samples whose true class is among the `k` with the largest logits. `snr`: of this ratio only. */
export function topK(evaluation: Evaluation, k: number, snr?: number): Tally {
  const { classes, ranks } = evaluation;
  const groups = groupsOf(evaluation, snr);
  const hits = groups.flatMap((group) => [...ranks.subarray(group * classes, group * classes + Math.min(k, classes))]);
  return tally(sum(hits), samplesOf(evaluation, groups, allClasses(evaluation)));
}

/** Counts by true class (row) and predicted class (column), row by row. `snr`: of this ratio only. */
export function confusionMatrix(evaluation: Evaluation, snr?: number): Uint32Array {
  const { classes, confusion } = evaluation;
  const cells = classes * classes;
  const matrix = new Uint32Array(cells);
  for (const group of groupsOf(evaluation, snr)) {
    const counts = confusion.subarray(group * cells, (group + 1) * cells);
    counts.forEach((count, cell) => (matrix[cell] = (matrix[cell] ?? 0) + count));
  }
  return matrix;
}

/** The same as a row per true class. */
export function confusionRows(evaluation: Evaluation, snr?: number): number[][] {
  const { classes } = evaluation;
  const matrix = confusionMatrix(evaluation, snr);
  return Array.from({ length: classes }, (_, row) => [...matrix.subarray(row * classes, (row + 1) * classes)]);
}

/** A pair of classes that the network takes for each other. */
export interface Confusion {
  readonly truth: number;
  readonly predicted: number;
  readonly count: number;
  /** Of the true class's samples. */
  readonly share: number;
}

/** The `limit` most frequent mistakes, most frequent first. */
export function worstConfusions(evaluation: Evaluation, limit: number): Confusion[] {
  const { classes } = evaluation;
  const samples = allClasses(evaluation).map((label) => samplesOf(evaluation, allGroups(evaluation), [label]));
  return [...confusionMatrix(evaluation)]
    .map((count, cell) => ({ truth: Math.floor(cell / classes), predicted: cell % classes, count }))
    .filter(({ truth, predicted, count }) => truth !== predicted && count > 0)
    .map((mistake) => ({ ...mistake, share: mistake.count / (samples[mistake.truth] ?? 1) }))
    .sort((a, b) => b.count - a.count)
    .slice(0, limit);
}

/** Bounds that hold the true share with probability `level`. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/** Quantile of the standard normal distribution at 0.975: an interval of 95 %. */
const z = 1.959963984540054;

/**
 * Confidence interval (95 %) of a share by Wilson's score: `(p + z²/2n ± z sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n)`.
 *
 * Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
 * Statistical Association 22 (1927). It stays within 0 and 1 and holds for shares near them, unlike `p ± z sqrt(p(1 - p)/n)`.
 */
export function wilsonInterval({ correct, samples }: Pick<Tally, "correct" | "samples">): Interval {
  if (samples === 0) return { low: 0, high: 1, level: 0.95 };
  const share = correct / samples;
  const scale = 1 + z ** 2 / samples;
  const centre = (share + z ** 2 / (2 * samples)) / scale;
  const margin = (z / scale) * Math.sqrt((share * (1 - share)) / samples + z ** 2 / (4 * samples ** 2));
  // The bounds of a share of 0 and 1 are 0 and 1; rounding would leave them a little inside.
  return {
    low: correct === 0 ? 0 : Math.max(0, centre - margin),
    high: correct === samples ? 1 : Math.min(1, centre + margin),
    level: 0.95,
  };
}

/** A tally with the interval of its share. */
export type TallyWithInterval = Tally & { readonly interval: Interval };

export function withInterval<T extends Tally>(result: T): T & TallyWithInterval {
  return { ...result, interval: wilsonInterval(result) };
}

/** Whether a model reaches the accuracy that it must. */
export interface Verdict extends Tally {
  /** Least accuracy, 0 to 1. */
  readonly goal: number;
  /** The accuracy measured is at least the goal. This alone decides whether a submission is valid. */
  readonly met: boolean;
  readonly interval: Interval;
  /** The goal lies outside the interval: another test set of this size would hardly decide otherwise. */
  readonly clear: boolean;
}

export function verdict(evaluation: Evaluation, goal: number): Verdict {
  const result = overall(evaluation);
  const interval = wilsonInterval(result);
  return {
    ...result,
    goal,
    met: result.accuracy >= goal,
    interval,
    clear: goal < interval.low || goal > interval.high,
  };
}

function cellTally(evaluation: Evaluation, groups: readonly number[], labels: readonly number[]): Tally {
  return tally(correctOf(evaluation, groups, labels), samplesOf(evaluation, groups, labels));
}

function correctOf({ classes, confusion }: Evaluation, groups: readonly number[], labels: readonly number[]): number {
  return sum(
    groups.flatMap((group) => labels.map((label) => confusion[(group * classes + label) * classes + label] ?? 0)),
  );
}

function samplesOf({ classes, totals }: Evaluation, groups: readonly number[], labels: readonly number[]): number {
  return sum(groups.flatMap((group) => labels.map((label) => totals[group * classes + label] ?? 0)));
}

function groupsOf(evaluation: Evaluation, snr: number | undefined): readonly number[] {
  if (snr === undefined) return allGroups(evaluation);
  const group = evaluation.snrs.indexOf(snr);
  return group === -1 ? [] : [group];
}

function allGroups(evaluation: Evaluation): number[] {
  return Array.from({ length: groupCount(evaluation) }, (_, group) => group);
}

function allClasses({ classes }: Evaluation): number[] {
  return Array.from({ length: classes }, (_, label) => label);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
