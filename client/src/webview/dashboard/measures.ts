/** What stages have made of the network: score and density one after the other, and accuracy against score. */
import { formatScore, formatShare } from "../../../../shared/format.js";
import type { Measure } from "../../panels/dashboard-messages.js";
import { formatTick, markLines, ruler, valueAxis, type ChartContent } from "../common/chart.js";
import type { Theme } from "../common/theme.js";
import { colorOf, shareText, symbolOf, tooltipStyle, type DrawnRun } from "./curves.js";

/** Score (lines) and density (dashed lines) over the stages. */
export function stagesChart(runs: readonly DrawnRun[]): ((theme: Theme) => ChartContent) | undefined {
  const shown = runs.filter(({ data }) => data.measures.length > 0);
  if (shown.length === 0) return undefined;
  const longest = shown.reduce((best, run) => (run.data.measures.length > best.data.measures.length ? run : best));
  const names = longest.data.measures.map(nameOf);
  return (theme) => ({
    points: shown.reduce((sum, { data }) => sum + data.measures.length, 0),
    description: shown.map(({ label, data }) => `${label}: ${data.measures.map(describe).join(", ")}`).join("; "),
    option: {
      xAxis: { type: "category", data: names, axisLabel: { color: theme.foreground, hideOverlap: true } },
      yAxis: [
        valueAxis(theme, "score (solid)", { min: 0 }),
        valueAxis(theme, "density (dashed)", {
          min: 0,
          max: 1,
          splitLine: { show: false },
          format: formatShare,
        }),
      ],
      series: shown.flatMap((run) => [
        stageSeries(theme, run, { name: "score", axis: 0, type: "solid", of: ({ score }) => score, text: scoreText }),
        stageSeries(theme, run, {
          name: "density",
          axis: 1,
          type: "dashed",
          of: ({ density }) => density,
          text: shareText,
        }),
      ]),
      tooltip: { trigger: "axis", ...tooltipStyle(theme) },
    },
  });
}

/** Every network that was measured: better is up and to the left. */
export function paretoChart(runs: readonly DrawnRun[]): ((theme: Theme) => ChartContent) | undefined {
  const shown = runs.filter(({ data }) => data.measures.some((point) => accuracyOf(point) !== undefined));
  if (shown.length === 0) return undefined;
  const goals = [...new Set(shown.flatMap(({ data }) => data.info.goal ?? []))];
  const budgets = [...new Set(shown.flatMap(({ data }) => data.info.scoreBudget ?? []))];
  return (theme) => ({
    points: shown.reduce((sum, { data }) => sum + data.measures.length, 0),
    description: shown.map(({ label, data }) => `${label}: ${data.measures.map(describe).join(", ")}`).join("; "),
    option: {
      xAxis: valueAxis(theme, "score", { scale: true, format: formatTick }),
      yAxis: valueAxis(theme, "accuracy", {
        scale: true,
        format: formatShare,
      }),
      series: shown.map(({ data, label, index }, position) => ({
        id: `pareto ${data.run}`,
        name: label,
        type: "line",
        symbol: symbolOf(index),
        symbolSize: 9,
        lineStyle: { color: colorOf(theme, index), width: 1, type: "dotted" },
        itemStyle: { color: colorOf(theme, index) },
        data: data.measures.map((point) => ({ value: [point.score, accuracyOf(point) ?? null], name: nameOf(point) })),
        ...(position === 0 && {
          markLine: markLines([
            ...goals.map((goal) => ruler(theme, { yAxis: goal }, `goal ${formatShare(goal)}`)),
            ...budgets.map((budget) => ruler(theme, { xAxis: budget }, `budget ${formatScore(budget)}`)),
          ]),
        }),
      })),
      tooltip: {
        trigger: "item",
        formatter: ({ seriesName, name, value }: PickedPoint) =>
          `${seriesName}\n${name}: ${scoreText(value[0])}, ${shareText(value[1])}`,
        ...tooltipStyle(theme),
      },
    },
  });
}

interface PickedPoint {
  readonly seriesName: string;
  readonly name: string;
  readonly value: readonly unknown[];
}

/** `prune 2, round 1, pruned`. */
export function nameOf({ name, kind, round, attempt }: Measure): string {
  const parts = [
    name,
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(round > 1 ? [`round ${round}`] : []),
    ...(kind === "pruned" ? ["pruned"] : []),
  ];
  return parts.join(", ");
}

/** On the test data; on the held-out samples where that is all that is known. */
export function accuracyOf({ test, validation }: Measure): number | undefined {
  return test ?? validation;
}

export function scoreText(value: unknown): string {
  return typeof value === "number" ? formatScore(value) : "";
}

function describe(point: Measure): string {
  const accuracy = accuracyOf(point);
  const text = accuracy === undefined ? "" : `, accuracy ${formatShare(accuracy)}`;
  return `${nameOf(point)}: score ${formatScore(point.score)}, density ${formatShare(point.density)}${text}`;
}

function stageSeries(
  theme: Theme,
  { data, label, index }: DrawnRun,
  kind: {
    readonly name: string;
    readonly axis: number;
    readonly type: string;
    readonly of: (point: Measure) => number;
    readonly text: (value: unknown) => string;
  },
): object {
  const color = colorOf(theme, index);
  return {
    id: `${kind.name} ${data.run}`,
    name: `${label}, ${kind.name}`,
    type: "line",
    yAxisIndex: kind.axis,
    symbol: symbolOf(index),
    symbolSize: 7,
    lineStyle: { color, type: kind.type, width: 2 },
    itemStyle: { color },
    data: data.measures.map((point) => kind.of(point)),
    tooltip: { valueFormatter: kind.text },
  };
}
