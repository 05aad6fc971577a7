/** The report's pages on accuracy. */
import { formatCount } from "../../shared/format.js";
import {
  classColumns,
  className,
  classRows,
  confusionShares,
  percent,
  snrColumns,
  snrRows,
} from "../evaluate/columns.js";
import type { EvaluatedModel } from "../evaluate/evaluated-model.js";
import {
  byClassAndSnr,
  bySnr,
  confusionMatrix,
  overall,
  wilsonInterval,
  worstConfusions,
} from "../evaluate/metrics.js";
import type { Column } from "../output/table.js";
import { barChart, heatMap, lineChart } from "./charts.js";
import { html, type Html } from "./html.js";
import { dataTable, figure, folded, type Section } from "./page.js";

/** Ratios that get a confusion matrix of their own. */
const mostMatrices = 6;

export function evaluationSections(evaluated: EvaluatedModel): Section[] {
  const hasSnrs = evaluated.evaluation.snrs.length > 0;
  return [
    ...(hasSnrs ? [{ id: "snr", title: "Accuracy over SNR", content: overSnr(evaluated) }] : []),
    { id: "classes", title: "Accuracy by class", content: overClasses(evaluated) },
    { id: "confusion", title: "Confusion", content: [overallConfusion(evaluated), ...confusionBySnr(evaluated)] },
  ];
}

function overSnr(evaluated: EvaluatedModel): Html[] {
  const { evaluation, integer, verdict } = evaluated;
  const tallies = bySnr(evaluation);
  const series = [{ name: integer ? "float" : "accuracy", tallies }];
  if (integer) series.push({ name: "integer", tallies: bySnr(integer.integer) });
  const chart = lineChart({
    description: `Accuracy by signal-to-noise ratio: ${tallies.map(({ snr, accuracy }) => `${snr} dB ${percent(accuracy)}`).join(", ")}.`,
    labels: tallies.map(({ snr }) => String(snr)),
    xTitle: "signal-to-noise ratio in dB",
    yTitle: "accuracy",
    series: series.map(({ name, tallies: each }, index) => ({
      name,
      values: each.map(({ accuracy }) => accuracy),
      ...(index === 0 && { band: each.map(intervalOf) }),
      titles: each.map(
        ({ snr, accuracy, samples }) => `${name}, ${snr} dB: ${percent(accuracy)} of ${formatCount(samples)}`,
      ),
    })),
    ...(verdict && { goal: { name: `goal over all: ${percent(verdict.goal)}`, value: verdict.goal } }),
  });
  return [
    figure(
      "Accuracy over SNR, with its 95 % interval",
      chart,
      dataTable("Accuracy by signal-to-noise ratio", snrColumns, snrRows(evaluated)),
    ),
    figure("Accuracy in % by class and SNR", classSnrMap(evaluated), classSnrTable(evaluated)),
  ];
}

function intervalOf(tally: Parameters<typeof wilsonInterval>[0]): readonly [number, number] {
  const { low, high } = wilsonInterval(tally);
  return [low, high];
}

function classSnrMap({ evaluation, classes }: EvaluatedModel): Html {
  const tallies = byClassAndSnr(evaluation);
  const rows = tallies.map((_, label) => className(classes, label));
  return heatMap({
    description: "Heat map of the accuracy by class and signal-to-noise ratio; the table below has its numbers.",
    rows,
    columns: evaluation.snrs.map(String),
    rowTitle: "class",
    columnTitle: "signal-to-noise ratio in dB",
    value: (row, column) => tallies[row]?.[column]?.accuracy,
    title: (row, column) =>
      `${rows[row] ?? ""} at ${evaluation.snrs[column] ?? ""} dB: ${percent(tallies[row]?.[column]?.accuracy ?? 0)} of ${formatCount(tallies[row]?.[column]?.samples ?? 0)}`,
    labels: true,
    cell: 30,
  });
}

interface MatrixRow {
  readonly name: string;
  readonly cells: readonly string[];
}

function matrixTable(caption: string, first: string, titles: readonly string[], rows: readonly MatrixRow[]): Html {
  const columns: Column<MatrixRow>[] = titles.map((title, column) => ({
    title,
    align: "right",
    cell: ({ cells }) => cells[column] ?? "",
  }));
  return dataTable(caption, [{ title: first, align: "left", cell: ({ name }: MatrixRow) => name }, ...columns], rows);
}

function classSnrTable({ evaluation, classes }: EvaluatedModel): Html {
  const rows = byClassAndSnr(evaluation).map((tallies, label) => ({
    name: className(classes, label),
    cells: tallies.map(({ accuracy }) => (accuracy * 100).toFixed(1)),
  }));
  const titles = evaluation.snrs.map((snr) => `${snr} dB`);
  return matrixTable("Accuracy in % by class and signal-to-noise ratio", "class", titles, rows);
}

function overClasses(evaluated: EvaluatedModel): Html[] {
  const rows = classRows(evaluated);
  const chart = barChart({
    description: `Accuracy by class: ${rows.map(({ name, accuracy }) => `${name} ${percent(accuracy)}`).join(", ")}.`,
    labels: rows.map(({ name }) => name),
    yTitle: "accuracy",
    series: [
      {
        name: "accuracy",
        values: rows.map(({ accuracy }) => accuracy),
        titles: rows.map(({ name, accuracy, samples }) => `${name}: ${percent(accuracy)} of ${formatCount(samples)}`),
      },
    ],
  });
  return [figure("Accuracy by class, over all samples", chart, dataTable("Classes", classColumns, rows))];
}

function overallConfusion(evaluated: EvaluatedModel): Html[] {
  const { evaluation, classes } = evaluated;
  const mistakes = worstConfusions(evaluation, 10).map(({ truth, predicted, share, count }) => ({
    ...{ truth: className(classes, truth), predicted: className(classes, predicted) },
    ...{ share: percent(share), count: formatCount(count) },
  }));
  type Mistake = (typeof mistakes)[number];
  const columns: Column<Mistake>[] = [
    { title: "class", align: "left", cell: ({ truth }) => truth },
    { title: "taken for", align: "left", cell: ({ predicted }) => predicted },
    { title: "samples", align: "right", cell: ({ count }) => count },
    { title: "of the class", align: "right", cell: ({ share }) => share },
  ];
  return [
    figure(
      "Confusion over all samples, in % of the true class",
      confusionMap(evaluated, undefined, 30),
      confusionTable(evaluated, undefined),
    ),
    ...(mistakes.length > 0 ? [dataTable("The most frequent mistakes", columns, mistakes)] : []),
  ];
}

function confusionBySnr(evaluated: EvaluatedModel): Html[] {
  const chosen = evenly(evaluated.evaluation.snrs, mostMatrices);
  if (chosen.length === 0) return [];
  const maps = chosen.map((snr) => {
    const { accuracy } = bySnr(evaluated.evaluation).find((tally) => tally.snr === snr) ?? { accuracy: 0 };
    return figure(`At ${snr} dB: ${percent(accuracy)}`, confusionMap(evaluated, snr, 13));
  });
  const tables = chosen.map((snr) => confusionTable(evaluated, snr));
  return [
    html`<h3>At single signal-to-noise ratios</h3>
      <div class="grid">${maps}</div>
      ${folded("Numbers", tables)}`,
  ];
}

/** At most `count` of the values, first and last included. */
function evenly(values: readonly number[], count: number): number[] {
  if (values.length <= count) return [...values];
  return Array.from(
    { length: count },
    (_, index) => values[Math.round((index * (values.length - 1)) / (count - 1))] ?? 0,
  );
}

function confusionMap(evaluated: EvaluatedModel, snr: number | undefined, cell: number): Html {
  const shares = confusionShares(evaluated, snr);
  const names = shares.map((_, label) => className(evaluated.classes, label));
  const right = snr === undefined ? overall(evaluated.evaluation).accuracy : undefined;
  return heatMap({
    description: `Confusion matrix ${snr === undefined ? "over all samples" : `at ${snr} dB`}: rows are true classes, columns predictions${right === undefined ? "" : `; ${percent(right)} are on the diagonal`}. The table below has its numbers.`,
    rows: names,
    columns: names,
    rowTitle: snr === undefined ? "true class" : "",
    columnTitle: snr === undefined ? "prediction" : "",
    value: (row, column) => shares[row]?.[column],
    title: (row, column) =>
      `${names[row] ?? ""} taken for ${names[column] ?? ""}: ${percent(shares[row]?.[column] ?? 0)}`,
    labels: snr === undefined,
    cell,
  });
}

function confusionTable({ evaluation, classes }: EvaluatedModel, snr: number | undefined): Html {
  const matrix = confusionMatrix(evaluation, snr);
  const names = Array.from({ length: evaluation.classes }, (_, label) => className(classes, label));
  const rows = names.map((name, truth) => ({
    name,
    cells: names.map((_, predicted) => formatCount(matrix[truth * names.length + predicted] ?? 0)),
  }));
  const caption = `Samples by true class (rows) and prediction (columns)${snr === undefined ? "" : `, ${snr} dB`}`;
  return matrixTable(caption, "true class", names, rows);
}
