/** The costs that can be looked at, and how they are written. */
import { formatBits, formatBops, formatDifference, formatMacs } from "../../../../shared/format.js";
import type { CostNumbers } from "../../../../shared/messages.js";

export type Metric = keyof CostNumbers;

export const metrics: readonly { readonly key: Metric; readonly label: string }[] = [
  { key: "bops", label: "Bit-operations" },
  { key: "memWBits", label: "Weight memory" },
  { key: "macs", label: "MACs" },
  { key: "memOBits", label: "Activations" },
];

const formats: Readonly<Record<Metric, (value: number) => string>> = {
  bops: formatBops,
  memWBits: formatBits,
  macs: formatMacs,
  memOBits: formatBits,
};

export function formatMetric(metric: Metric, value: number): string {
  return formats[metric](value);
}

/** With its sign. */
export function formatMetricDifference(metric: Metric, difference: number): string {
  return formatDifference(difference, formats[metric]);
}

/** The style of a difference: less is better for every cost. */
export function differenceClass(difference: number): string {
  return difference < 0 ? "better" : difference > 0 ? "worse" : "muted";
}
