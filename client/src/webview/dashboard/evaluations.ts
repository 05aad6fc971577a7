/** The latest evaluation of runs: accuracy by signal-to-noise ratio, and which classes are taken for which. */
import { formatCount, formatShare } from "../../../../shared/format.js";
import { valueAxis, type ChartContent } from "../common/chart.js";
import type { Theme } from "../common/theme.js";
import { colorOf, shareText, symbolOf, tooltipStyle, type DrawnRun } from "./curves.js";

/** Between the bounds of each 95 % interval there is a band. */
export function snrChart(runs: readonly DrawnRun[]): ((theme: Theme) => ChartContent) | undefined {
  const shown = runs.filter(({ data }) => (data.evaluation?.bySnr.length ?? 0) > 0);
  if (shown.length === 0) return undefined;
  return (theme) => ({
    points: shown.reduce((sum, { data }) => sum + (data.evaluation?.bySnr.length ?? 0), 0),
    description: shown
      .map(({ label, data }) => {
        const texts = data.evaluation?.bySnr.map(({ snr, accuracy }) => `${snr} dB ${formatShare(accuracy)}`) ?? [];
        return `${label}: ${texts.join(", ")}`;
      })
      .join("; "),
    option: {
      xAxis: valueAxis(theme, "signal-to-noise ratio (dB)"),
      yAxis: valueAxis(theme, "accuracy", {
        min: 0,
        max: 1,
        format: formatShare,
      }),
      series: shown.flatMap((run) => snrSeries(theme, run)),
      tooltip: { trigger: "axis", valueFormatter: shareText, ...tooltipStyle(theme) },
    },
  });
}

function snrSeries(theme: Theme, { data, label, index }: DrawnRun): object[] {
  const rows = data.evaluation?.bySnr ?? [];
  const color = colorOf(theme, index);
  const bound = (name: string, of: (row: (typeof rows)[number]) => number): object => ({
    id: `${name} ${data.run}`,
    name: `${label}, ${name}`,
    type: "line",
    showSymbol: false,
    lineStyle: { color, width: 1, type: "dotted" },
    itemStyle: { color },
    data: rows.map((row) => [row.snr, of(row)]),
  });
  return [
    {
      id: `snr ${data.run}`,
      name: label,
      type: "line",
      symbol: symbolOf(index),
      symbolSize: 6,
      lineStyle: { color, width: 2 },
      itemStyle: { color },
      data: rows.map(({ snr, accuracy }) => [snr, accuracy]),
    },
    bound("95 % low", ({ interval }) => interval.low),
    bound("95 % high", ({ interval }) => interval.high),
  ];
}

/** Counts of one run: a row per true class, a column per predicted one. */
export function confusionChart({ data, label }: DrawnRun): ((theme: Theme) => ChartContent) | undefined {
  const { evaluation } = data;
  if (!evaluation || evaluation.classes.length === 0) return undefined;
  const { classes, confusion } = evaluation;
  const cells = confusion.overall.flatMap((row, truth) => row.map((count, predicted) => [predicted, truth, count]));
  const most = Math.max(1, ...confusion.overall.flat());
  return (theme) => ({
    points: cells.length,
    description: `${label}, ${evaluation.network}: ${classes.length} classes, accuracy ${formatShare(evaluation.accuracy.accuracy)} of ${formatCount(evaluation.accuracy.samples)} samples`,
    option: {
      grid: { left: 8, right: 8, top: 8, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "all" },
      xAxis: classAxis(theme, classes, { rotate: 60, name: "predicted" }),
      yAxis: classAxis(theme, classes, { rotate: 0, name: "true", inverse: true }),
      visualMap: { show: false, min: 0, max: most, inRange: { color: [theme.background, colorOf(theme, 0)] } },
      series: [
        {
          id: "confusion",
          type: "heatmap",
          data: cells,
          itemStyle: { borderColor: theme.border, borderWidth: theme.highContrast ? 1 : 0.5 },
        },
      ],
      tooltip: {
        trigger: "item",
        formatter: ({ value: [predicted = 0, truth = 0, count = 0] }: { value: readonly number[] }) =>
          `${classes[truth] ?? ""} taken for ${classes[predicted] ?? ""}: ${formatCount(count)}`,
        ...tooltipStyle(theme),
      },
    },
  });
}

function classAxis(
  { foreground, muted }: Theme,
  classes: readonly string[],
  { rotate, name, inverse = false }: { readonly rotate: number; readonly name: string; readonly inverse?: boolean },
): object {
  return {
    type: "category",
    data: classes,
    name,
    nameLocation: "middle",
    nameGap: 6,
    nameTextStyle: { color: muted },
    inverse,
    axisTick: { show: false },
    axisLabel: { color: foreground, rotate, fontSize: 10, hideOverlap: true },
  };
}
