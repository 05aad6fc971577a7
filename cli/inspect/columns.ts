/** The tables of an inspection: columns, for the terminal and for the report. */
import { formatCount, formatShape, formatShare } from "../../shared/format.js";
import type { Column } from "../output/table.js";
import type { AccumulatorInspection, ActivationInspection, WeightInspection } from "./inspect.js";
import type { TensorQuality } from "./tensor-quality.js";
import { accumulatorColumns as columnsOfAccumulators, summandText } from "../evaluate/columns.js";

/** A ratio in decibels: `38.2 dB`, `exact` where nothing is lost. */
export function decibels(ratio: number): string {
  return ratio === Infinity ? "exact" : `${ratio.toFixed(1)} dB`;
}

const qualityColumns: readonly Column<TensorQuality>[] = [
  { title: "bits", align: "right", cell: ({ bits }) => String(bits) },
  { title: "scale", align: "right", spare: 4, cell: scaleText },
  { title: "SQNR", align: "right", cell: ({ sqnr }) => decibels(sqnr) },
  { title: "cut off", align: "right", cell: ({ saturated }) => formatShare(saturated) },
  { title: "zeros", align: "right", spare: 5, cell: ({ zeros }) => formatShare(zeros) },
  {
    title: "unused codes",
    align: "right",
    spare: 2,
    cell: ({ unused, codes }) => `${formatCount(unused)} of ${formatCount(codes)}`,
  },
  { title: "entropy", align: "right", spare: 1, cell: ({ entropy }) => `${entropy.toFixed(2)} b` },
  { title: "dead channels", align: "right", spare: 6, cell: ({ dead, channels }) => `${dead.length} of ${channels}` },
];

function scaleText({ scale: { min, max } }: TensorQuality): string {
  return min === max ? min.toPrecision(3) : `${min.toPrecision(3)} to ${max.toPrecision(3)}`;
}

export const weightColumns: readonly Column<WeightInspection>[] = [
  { title: "layer", align: "left", shorten: "middle", cell: ({ layer }) => layer },
  { title: "weight", align: "right", spare: 3, cell: ({ shape }) => formatShape(shape) },
  ...qualityColumns,
];

export const activationColumns: readonly Column<ActivationInspection>[] = [
  { title: "layer", align: "left", shorten: "middle", cell: ({ layer }) => layer },
  { title: "values", align: "right", spare: 3, cell: ({ shape }) => formatShape(shape) },
  ...qualityColumns,
  {
    title: "SQNR so far",
    align: "right",
    cell: ({ accumulatedSqnr }) => (accumulatedSqnr === undefined ? "" : decibels(accumulatedSqnr)),
  },
];

export const accumulatorColumns: readonly Column<AccumulatorInspection>[] = [
  { title: "layer", align: "left", shorten: "middle", cell: ({ layer, summand }) => layer + summandText(summand) },
  ...columnsOfAccumulators.slice(1),
];
