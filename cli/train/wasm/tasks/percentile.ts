/**
 * Thresholds from a percentile of the batch: the k-th smallest magnitude, found exactly by radix selection. The bits of a
 * positive float32 are ordered like its value; three passes over the batch count 11, 11 and 9 of them.
 */
import { kthIndex } from "../../kth-value.js";
import type { QuantizerSpec } from "../../program.js";
import { percentileRank, scaleOfThreshold, trackStatistic } from "../../quantizer-range.js";
import { doublesAt, floatsAt, integersAt } from "./memory.js";
import type { TaskContext } from "./task.js";

/** Which bits a pass counts, and which bits must be as found so far. */
export const radixPasses = [
  { shift: 20, mask: 0 },
  { shift: 9, mask: 0x7ff0_0000 },
  { shift: 0, mask: 0x7fff_fe00 },
] as const;

export const binsPerPass = 2048;

/** Reads the counts of a pass and fixes its bits. */
export interface SelectBin {
  readonly kind: "selectBin";
  readonly pass: number;
  readonly groups: number;
  /** Elements of a sample in each group. */
  readonly elements: number;
  readonly percentile: number;
  /** In the slots: `binsPerPass` int32 per group; cleared. */
  readonly bins: number;
  /** int32 per group: the bits found so far. */
  readonly prefixes: number;
  /** int32 per group: how many elements with these bits are smaller or equal. */
  readonly ranks: number;
}

export function selectBin(task: SelectBin, context: TaskContext): void {
  const { pass, groups, elements, percentile } = task;
  const prefixes = integersAt(context, task.prefixes, groups);
  const ranks = integersAt(context, task.ranks, groups);
  if (pass === 0) {
    const total = elements * context.settings.size;
    prefixes.fill(0);
    ranks.fill(percentileRank(percentile, total));
  }
  for (let group = 0; group < groups; group++) {
    const counts = takeCounts(task.bins + 4 * binsPerPass * group, context);
    let [bin, rank] = [0, ranks[group] ?? 1];
    while (bin < binsPerPass - 1 && rank > (counts[bin] ?? 0)) {
      rank -= counts[bin] ?? 0;
      bin++;
    }
    ranks[group] = rank;
    prefixes[group] = (prefixes[group] ?? 0) | (bin << (radixPasses[pass]?.shift ?? 0));
  }
}

function takeCounts(at: number, { int32, slots }: TaskContext): Int32Array {
  const counts = new Int32Array(binsPerPass);
  for (let slot = 0; slot < slots.count; slot++) {
    const begin = (slots.begin + slot * slots.stride + at) / 4;
    for (let i = 0; i < binsPerPass; i++) counts[i] = (counts[i] ?? 0) + (int32[begin + i] ?? 0);
    int32.fill(0, begin, begin + binsPerPass);
  }
  return counts;
}

/** Makes the statistic the threshold in force, tracks it in the parameter, and clears the scale's gradient. */
export interface StatisticScale {
  readonly kind: "statisticScale";
  readonly spec: QuantizerSpec;
  readonly count: number;
  /** Bits of the statistic, int32 each. */
  readonly statistics: number;
  readonly scales: number;
  readonly gradients: number;
  /** The learned parameter. */
  readonly threshold: number;
  /** Which quantiser of the program it is, and how many uses of it come before in a step. */
  readonly quantizer: number;
  readonly use: number;
}

export function statisticScale(task: StatisticScale, context: TaskContext): void {
  const { spec, count, quantizer, use } = task;
  const statistics = floatsAt(context, task.statistics, count);
  const values = floatsAt(context, task.threshold, count);
  const isFirst = (context.settings.collected[quantizer] ?? 0) + use === 0;
  floatsAt(context, task.scales, count).set(statistics.map((threshold) => scaleOfThreshold(spec, threshold)));
  doublesAt(context, task.gradients, count).fill(0);
  for (let i = 0; i < count; i++) {
    const [value, statistic] = [values[i] ?? 0, statistics[i] ?? 0];
    values[i] = trackStatistic(value, statistic, isFirst ? 0 : 1);
  }
}

/** Says what has to be added to which element of the gradient: the threshold's gradient belongs to the element that was the statistic. */
export interface Deposit {
  readonly kind: "deposit";
  readonly count: number;
  readonly statistics: number;
  readonly scales: number;
  readonly gradients: number;
  readonly search: Search;
  /** Positions: element `i` of a group lies at `begin + floor(i / rows) + (i % rows) * step` floats. */
  readonly views: readonly { readonly begin: number; readonly rows: number; readonly step: number }[];
  /** Three doubles per group: sample counted from 1, position in floats, amount before the sign. */
  readonly records: number;
}

/** How the element is found. Elements are counted in the group's PyTorch order. */
export type Search =
  /** In the slots, two doubles per group: the first sample that has the statistic, counted from 1, and the element. */
  | { readonly kind: "first"; readonly found: number }
  /** float32 of the whole batch, (sample, group, element): of equal ones the element is PyTorch's choice. */
  | { readonly kind: "all"; readonly values: number; readonly elements: number; readonly percentile: number };

interface Found {
  /** Counted from 1; 0 for none. */
  readonly sample: number;
  readonly element: number;
}

export function deposit(task: Deposit, context: TaskContext): void {
  const { count, views, search } = task;
  const statistics = floatsAt(context, task.statistics, count);
  const scales = floatsAt(context, task.scales, count);
  const gradients = doublesAt(context, task.gradients, count);
  const records = doublesAt(context, task.records, 3 * count);
  records.fill(0);
  for (const [group, { begin, rows, step }] of views.entries()) {
    const statistic = statistics[group] ?? 0;
    // Without a threshold there is no gradient, and a batch with NaN is lost anyway.
    if (statistic === 0 || Number.isNaN(statistic)) continue;
    const { sample, element } =
      search.kind === "first" ? firstFound(search.found, group, context) : chosen(search, group, count, context);
    const position = begin + Math.floor(element / rows) + (element % rows) * step;
    records.set([sample, position, ((gradients[group] ?? 0) * (scales[group] ?? 1)) / statistic], 3 * group);
  }
}

function firstFound(found: number, group: number, { float64, slots }: TaskContext): Found {
  for (let slot = 0; slot < slots.count; slot++) {
    const at = (slots.begin + slot * slots.stride + found) / 8 + 2 * group;
    const sample = float64[at] ?? 0;
    if (sample !== 0) return { sample, element: float64[at + 1] ?? 0 };
  }
  return { sample: 0, element: 0 };
}

function chosen(
  { values, elements, percentile }: Extract<Search, { readonly kind: "all" }>,
  group: number,
  groups: number,
  context: TaskContext,
): Found {
  const { size } = context.settings;
  const magnitudes = new Float32Array(size * elements);
  for (let sample = 0; sample < size; sample++) {
    const part = floatsAt(context, values + 4 * elements * (sample * groups + group), elements);
    for (let at = 0; at < elements; at++) magnitudes[sample * elements + at] = Math.abs(part[at] ?? 0);
  }
  const index = kthIndex(magnitudes, percentileRank(percentile, magnitudes.length));
  return { sample: 1 + Math.floor(index / elements), element: index % elements };
}
