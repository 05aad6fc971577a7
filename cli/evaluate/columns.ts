/** The tables of an evaluation: rows and columns, for the terminal and for the report. */
import { formatCount } from "../../shared/format.js";
import type { Column } from "../output/table.js";
import type { EvaluatedModel } from "./evaluated-model.js";
import type { CodeDifferences, AccumulatorReport, Disagreement } from "./integer/compare.js";
import { byClass, bySnr, confusionMatrix, type Tally, topK, worstConfusions } from "./metrics.js";

/** A share with two digits after the point, as accuracies are compared: `57.62 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

/** `57.62 % (147,401 of 255,840)` */
export function tallyText({ accuracy, correct, samples }: Tally): string {
  return `${percent(accuracy)} (${formatCount(correct)} of ${formatCount(samples)})`;
}

const tallyColumns: readonly Column<Tally>[] = [
  { title: "samples", align: "right", spare: 2, cell: ({ samples }) => formatCount(samples) },
  { title: "correct", align: "right", spare: 1, cell: ({ correct }) => formatCount(correct) },
  { title: "accuracy", align: "right", cell: ({ accuracy }) => percent(accuracy) },
];

export type SnrRow = Tally & { readonly snr: number };

export const snrColumns: readonly Column<SnrRow>[] = [
  { title: "SNR", align: "right", cell: ({ snr }) => `${snr} dB` },
  ...tallyColumns,
];

export function snrRows({ evaluation }: EvaluatedModel): SnrRow[] {
  return bySnr(evaluation);
}

export interface ClassRow extends Tally {
  readonly name: string;
  readonly precision: number;
  /** The class that it is taken for most often, with the share of its samples. */
  readonly mistaken: string;
}

export const classColumns: readonly Column<ClassRow>[] = [
  { title: "class", align: "left", shorten: "middle", cell: ({ name }) => name },
  ...tallyColumns,
  { title: "precision", align: "right", spare: 3, cell: ({ precision }) => percent(precision) },
  { title: "most often taken for", align: "left", shorten: "middle", cell: ({ mistaken }) => mistaken },
];

export function classRows({ evaluation, classes }: EvaluatedModel): ClassRow[] {
  const mistakes = worstConfusions(evaluation, Infinity);
  return byClass(evaluation).map((tally, label) => {
    const worst = mistakes.find(({ truth }) => truth === label);
    const mistaken = worst === undefined ? "" : `${className(classes, worst.predicted)} (${percent(worst.share)})`;
    return { name: className(classes, label), ...tally, mistaken };
  });
}

/** The class's name, or its number where the data has none. */
export function className(classes: readonly string[], label: number): string {
  return classes[label] ?? (label < 0 ? "not a number" : String(label));
}

export function topKRows({ evaluation, topK: wanted }: EvaluatedModel): (Tally & { readonly k: number })[] {
  return wanted.map((k) => ({ k, ...topK(evaluation, k) }));
}

/** A confusion matrix in shares of the true class, row by row. `snr`: of this ratio only. */
export function confusionShares({ evaluation }: EvaluatedModel, snr?: number): number[][] {
  const { classes } = evaluation;
  const matrix = confusionMatrix(evaluation, snr);
  return Array.from({ length: classes }, (_, truth) => {
    const row = [...matrix.subarray(truth * classes, (truth + 1) * classes)];
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => (total === 0 ? 0 : count / total));
  });
}

export const codeColumns: readonly Column<CodeDifferences>[] = [
  { title: "quantiser", align: "left", shorten: "middle", cell: ({ quantizer }) => quantizer },
  { title: "codes compared", align: "right", spare: 3, cell: ({ codes }) => formatCount(codes) },
  { title: "different", align: "right", cell: ({ different }) => formatCount(different) },
  { title: "samples", align: "right", spare: 2, cell: ({ samples }) => formatCount(samples) },
  { title: "first to differ", align: "right", spare: 1, cell: ({ first }) => formatCount(first) },
];

export const accumulatorColumns: readonly Column<AccumulatorReport>[] = [
  {
    title: "accumulator of",
    align: "left",
    shorten: "middle",
    cell: ({ node, summand }) => node + summandText(summand),
  },
  {
    title: "bits for its types",
    align: "right",
    spare: 3,
    cell: ({ typeBits }) => (typeBits === undefined ? "" : String(typeBits)),
  },
  { title: "for its weights", align: "right", cell: ({ bits }) => String(bits) },
  { title: "for the data", align: "right", cell: ({ seen }) => (seen === undefined ? "" : String(seen.bits)) },
  { title: "least", align: "right", spare: 1, cell: ({ seen }) => (seen === undefined ? "" : formatCount(seen.min)) },
  {
    title: "greatest",
    align: "right",
    spare: 2,
    cell: ({ seen }) => (seen === undefined ? "" : formatCount(seen.max)),
  },
  { title: "fits", align: "left", shorten: "end", cell: fitText },
];

/** Which part of a sum an accumulator is for. */
export function summandText(summand: number | undefined): string {
  return summand === undefined ? "" : `, summand ${summand}`;
}

/** Which common accumulators hold every sum that the weights allow. */
function fitText({ bits, overflows }: AccumulatorReport): string {
  if (overflows > 0) return `not 32 bits: ${formatCount(overflows)} sums overflowed`;
  if (bits <= 16) return "16 bits";
  return bits <= 32 ? "32 bits" : "more than 32 bits";
}

export function disagreementColumns(classes: readonly string[]): readonly Column<Disagreement>[] {
  return [
    { title: "sample", align: "right", cell: ({ index }) => String(index) },
    { title: "SNR", align: "right", cell: ({ snr }) => (snr === undefined ? "" : `${snr} dB`) },
    { title: "class", align: "left", shorten: "middle", cell: ({ label }) => className(classes, label) },
    { title: "float", align: "left", shorten: "middle", cell: ({ float }) => className(classes, float) },
    { title: "integer", align: "left", shorten: "middle", cell: ({ integer }) => className(classes, integer) },
    { title: "first difference", align: "left", shorten: "middle", cell: ({ first }) => first ?? "the last layer" },
  ];
}
