/** Curves over the epochs of runs: loss, accuracy, learning rate. Several runs lie over each other. */
import { formatShare } from "../../../../shared/format.js";
import { dashes, markLines, ruler, symbols, valueAxis, type ChartContent } from "../common/chart.js";
import type { Theme } from "../common/theme.js";
import type { EpochPoint } from "../../panels/dashboard-messages.js";
import type { RunData } from "./run-data.js";

/** A run with its place in the list, which decides its colour and symbol. */
export interface DrawnRun {
  readonly data: RunData;
  readonly label: string;
  readonly index: number;
}

/** Loss of single batches, thinned out for the picture, and the mean of each epoch. */
export function lossChart(runs: readonly DrawnRun[]): ((theme: Theme) => ChartContent) | undefined {
  const shown = runs.filter(({ data }) => data.steps.length > 0 || data.epochs.length > 0);
  if (shown.length === 0) return undefined;
  return (theme) => ({
    points: shown.reduce((sum, { data }) => sum + data.steps.length + data.epochs.length, 0),
    description: shown.map(({ label, data }) => `${label}, ${latestLoss(data)}`).join("; "),
    option: {
      xAxis: valueAxis(theme, "epochs"),
      yAxis: valueAxis(theme, "loss", { scale: true }),
      dataZoom: [{ type: "inside", zoomOnMouseWheel: "ctrl" }],
      series: shown.flatMap(({ data, label, index }) => [
        {
          id: `steps ${data.run}`,
          name: `${label}, batches`,
          type: "line",
          dimensions: ["epoch", "loss"],
          data: data.steps.view(),
          // Steinarsson, "Downsampling Time Series for Visual Representation", 2013.
          sampling: "lttb",
          showSymbol: false,
          silent: true,
          lineStyle: { color: colorOf(theme, index), width: 1, opacity: 0.55 },
        },
        epochSeries(theme, { data, label, index }, { name: "epoch's mean", dash: 0, of: ({ loss }) => loss }),
      ]),
      tooltip: { trigger: "axis", ...tooltipStyle(theme) },
    },
  });
}

export function accuracyChart(runs: readonly DrawnRun[]): ((theme: Theme) => ChartContent) | undefined {
  const shown = runs.filter(({ data }) => data.epochs.length > 0);
  if (shown.length === 0) return undefined;
  const kinds = [
    { name: "test", dash: 0, of: ({ test }: EpochPoint) => test },
    { name: "validation", dash: 1, of: ({ validation }: EpochPoint) => validation },
    { name: "training", dash: 2, of: ({ trainAccuracy }: EpochPoint) => trainAccuracy },
  ] as const;
  const goals = [...new Set(shown.flatMap(({ data }) => data.info.goal ?? []))];
  return (theme) => ({
    points: shown.reduce((sum, { data }) => sum + data.epochs.length, 0),
    description: shown.map(({ label, data }) => `${label}, ${latestAccuracy(data)}`).join("; "),
    option: {
      xAxis: valueAxis(theme, "epochs"),
      yAxis: valueAxis(theme, "accuracy", {
        scale: true,
        format: formatShare,
      }),
      dataZoom: [{ type: "inside", zoomOnMouseWheel: "ctrl" }],
      series: shown.flatMap((run, position) =>
        kinds
          .filter(({ of }) => run.data.epochs.some((point) => of(point) !== undefined))
          .map((kind, first) => ({
            ...epochSeries(theme, run, kind),
            ...(position === 0 && first === 0 && { markLine: marks(theme, shown, goals) }),
          })),
      ),
      tooltip: { trigger: "axis", valueFormatter: shareText, ...tooltipStyle(theme) },
    },
  });
}

export function learningRateChart(runs: readonly DrawnRun[]): ((theme: Theme) => ChartContent) | undefined {
  const shown = runs.filter(({ data }) => data.epochs.length > 0);
  if (shown.length === 0) return undefined;
  return (theme) => ({
    points: shown.reduce((sum, { data }) => sum + data.epochs.length, 0),
    description: shown.map(({ label, data }) => `${label}, ${data.epochs.at(-1)?.lr ?? ""}`).join("; "),
    option: {
      xAxis: valueAxis(theme, "epochs"),
      yAxis: valueAxis(theme, "learning rate"),
      series: shown.map((run) => ({
        ...epochSeries(theme, run, { name: "learning rate", dash: 0, of: ({ lr }) => lr }),
        step: "end",
      })),
      tooltip: { trigger: "axis", ...tooltipStyle(theme) },
    },
  });
}

export function colorOf({ series }: Theme, index: number): string {
  return series[index % series.length] ?? "";
}

export function symbolOf(index: number): string {
  return symbols[index % symbols.length] ?? "circle";
}

interface EpochKind {
  readonly name: string;
  readonly dash: number;
  readonly of: (point: EpochPoint) => number | undefined;
}

/** More epochs than this have no symbols, and are thinned out. */
const manyEpochs = 200;

function epochSeries(theme: Theme, { data, label, index }: DrawnRun, { name, dash, of }: EpochKind): object {
  const color = colorOf(theme, index);
  return {
    id: `${name} ${data.run}`,
    name: `${label}, ${name}`,
    type: "line",
    data: data.epochs.map((point) => [point.at, of(point) ?? null]),
    sampling: "lttb",
    symbol: symbolOf(index),
    symbolSize: 5,
    showSymbol: data.epochs.length < manyEpochs,
    lineStyle: { color, width: 2, type: dashes[dash] ?? "solid" },
    itemStyle: { color },
  };
}

/** Share of the axis that the name of a stage takes, written along its line. */
const labelShare = 0.04;

/** Where stages of the first run begin, and the accuracy that is wanted. Names that would lie over each other are left out. */
function marks(theme: Theme, shown: readonly DrawnRun[], goals: readonly number[]): object {
  const { epochs = [], info } = shown[0]?.data ?? {};
  const begins = epochs.filter(
    ({ stage, epoch, round }, index) => epoch === 1 && round === 1 && stage > 1 && index > 0,
  );
  const room = labelShare * Math.max(...shown.map(({ data }) => data.epochs.at(-1)?.at ?? 0));
  let free = -Infinity;
  return markLines([
    ...begins.map(({ at, stage }) => {
      const isNamed = at - 1 >= free;
      if (isNamed) free = at - 1 + room;
      return {
        xAxis: at - 1,
        lineStyle: { color: theme.muted, type: "dotted" },
        label: {
          show: isNamed,
          formatter: info?.stages[stage - 1]?.name ?? "",
          color: theme.muted,
          position: "insideEndTop",
        },
      };
    }),
    ...goals.map((goal) => ruler(theme, { yAxis: goal }, `goal ${formatShare(goal)}`)),
  ]);
}

function latestLoss({ epochs, info }: RunData): string {
  const loss = info.now?.loss ?? epochs.at(-1)?.loss;
  return loss === undefined ? "no loss yet" : `loss ${loss.toPrecision(3)}`;
}

function latestAccuracy({ epochs }: RunData): string {
  const last = epochs.at(-1);
  const accuracy = last?.test ?? last?.validation;
  return accuracy === undefined ? "no accuracy yet" : `accuracy ${formatShare(accuracy)} after ${epochs.length} epochs`;
}

export function shareText(value: unknown): string {
  return typeof value === "number" ? formatShare(value) : "";
}

export function tooltipStyle({ background, border, foreground, fontFamily, fontSize }: Theme): object {
  const textStyle = { color: foreground, fontFamily, fontSize: fontSize - 1 };
  return { renderMode: "richText", confine: true, backgroundColor: background, borderColor: border, textStyle };
}
