/** An evaluated model for a person at a terminal. */
import { formatCount } from "../../shared/format.js";
import { formatPreciseScore } from "../output/scores.js";
import type { Colors } from "../output/colors.js";
import { foldedTable, table, type Column } from "../output/table.js";
import {
  accumulatorColumns,
  classColumns,
  className,
  classRows,
  codeColumns,
  confusionShares,
  disagreementColumns,
  percent,
  snrColumns,
  snrRows,
  tallyText,
  topKRows,
} from "./columns.js";
import type { EvaluatedModel } from "./evaluated-model.js";
import type { IntegerComparison } from "./integer/compare.js";
import { byClassAndSnr, overall, wilsonInterval } from "./metrics.js";
import { crossEntropyText, notFiniteText, notesText, verdictText } from "./sentences.js";

/** `details`: also accuracy by class and ratio, and the confusion matrix. */
export function evaluationTable(evaluated: EvaluatedModel, details: boolean, colors: Colors): string {
  const { file, model, weights, data, backend, integer } = evaluated;
  return [
    `${colors.bold(model)}  ${file}`,
    colors.dim(`weights of ${weights}, test part of ${data.name}, backend ${backend}`),
    "",
    ...summary(evaluated, colors),
    "",
    ...section(colors, snrColumns, snrRows(evaluated)),
    ...section(colors, classColumns, classRows(evaluated)),
    ...(details ? detailTables(evaluated, colors) : []),
    ...(integer ? integerLines(integer, evaluated, colors) : []),
  ].join("\n");
}

function summary(evaluated: EvaluatedModel, colors: Colors): string[] {
  const { evaluation, verdict, cost } = evaluated;
  const result = overall(evaluation);
  const { low, high } = wilsonInterval(result);
  const tops = topKRows(evaluated)
    .filter(({ k }) => k > 1)
    .map(({ k, accuracy }) => `top ${k} ${percent(accuracy)}`);
  const broken = evaluation.notFinite;
  return [
    `${colors.bold(`accuracy ${tallyText(result)}`)}, 95 % interval ${percent(low)} to ${percent(high)}`,
    [...tops, `mean cross-entropy ${crossEntropyText(evaluation.loss)}`].join(", "),
    ...(broken > 0 ? [colors.red(notFiniteText(broken))] : []),
    ...(verdict ? [(verdict.met ? colors.green : colors.red)(verdictText(verdict))] : []),
    `score ${formatPreciseScore(cost.score)}: ${formatCount(cost.bops)} bit-operations, ${formatCount(cost.memWBits)} bits of weights (${cost.flavor}; baseline: ${cost.baseline})`,
  ];
}

function section<Row>(colors: Colors, columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const [titles = "", ...lines] = rows.length === 0 ? [] : table([...columns], rows);
  return lines.length === 0 ? [] : [colors.dim(titles), ...lines, ""];
}

interface MatrixRow {
  readonly name: string;
  readonly shares: readonly number[];
}

function detailTables(evaluated: EvaluatedModel, colors: Colors): string[] {
  const { evaluation, classes } = evaluated;
  const { snrs } = evaluation;
  const name = (label: number): string => className(classes, label);
  const byBoth = byClassAndSnr(evaluation).map((tallies, label) => ({
    name: name(label),
    shares: tallies.map(({ accuracy }) => accuracy),
  }));
  const confusion = confusionShares(evaluated).map((shares, label) => ({ name: name(label), shares }));
  return [
    ...(snrs.length > 0 ? ["Accuracy in % by class and SNR in dB", ...matrix(colors, byBoth, snrs.map(String))] : []),
    "Confusion in % of the true class (rows); columns are predictions in the same order",
    ...matrix(colors, confusion, columnTitles(classes)),
  ];
}

/** The names where they are as short as the percentages below them, else numbers. */
function columnTitles(classes: readonly string[]): readonly string[] {
  const areShort = classes.every((name) => name.length <= 3);
  return areShort ? classes : classes.map((_, label) => String(label + 1));
}

function matrix(colors: Colors, rows: readonly MatrixRow[], titles: readonly string[]): string[] {
  const lines = foldedTable(
    [
      { title: "class", align: "left", shorten: "middle", cell: ({ name }: MatrixRow) => name },
      ...titles.map((title, column): Column<MatrixRow> => ({
        title,
        align: "right",
        cell: ({ shares }) => String(Math.round((shares[column] ?? 0) * 100)),
      })),
    ],
    rows,
  );
  const length = rows.length + 1;
  // The titles of each part; an empty line is between two.
  return [...lines.map((line, index) => (index % (length + 1) === 0 ? colors.dim(line) : line)), ""];
}

/** More lines than this are for the JSON document. */
const mostDisagreements = 20;

function integerLines(comparison: IntegerComparison, { classes }: EvaluatedModel, colors: Colors): string[] {
  const { integer, disagreements, layers, accumulators, notes } = comparison;
  const result = overall(integer);
  const agree = disagreements.length === 0;
  const shown = disagreements.slice(0, mostDisagreements);
  return [
    colors.bold(`In integers: accuracy ${tallyText(result)}`),
    (agree ? colors.green : colors.yellow)(
      agree
        ? "Both paths give the same class for every sample."
        : `The paths give another class for ${formatCount(disagreements.length)} of ${formatCount(result.samples)} samples.`,
    ),
    ...notesText(notes),
    "",
    ...section(colors, codeColumns, layers),
    ...section(colors, accumulatorColumns, accumulators),
    ...section(colors, disagreementColumns(classes), shown),
    ...(shown.length < disagreements.length
      ? [`... and ${formatCount(disagreements.length - shown.length)} more: --format json has all of them`, ""]
      : []),
  ];
}
