/** Charts in VS Code's colours. Only the parts of ECharts that are registered here are in the bundles. */
import { HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import {
  DataZoomInsideComponent,
  GridComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
} from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import "./chart.css";
import { element, setAttributes, setText } from "./dom.js";
import { currentTheme, onThemeChange, type Theme } from "./theme.js";

use([
  LineChart,
  ScatterChart,
  HeatmapChart,
  GridComponent,
  TooltipComponent,
  MarkLineComponent,
  DataZoomInsideComponent,
  VisualMapContinuousComponent,
  CanvasRenderer,
]);

export interface ChartContent {
  readonly option: EChartsCoreOption;
  /** For screen readers: what is to be seen. */
  readonly description: string;
  /** Number of points that are shown, before they are thinned out. */
  readonly points: number;
}

export interface Chart {
  readonly root: HTMLElement;
  /** `undefined`: there is nothing to show yet, and this sentence says when there will be. */
  show(content: ((theme: Theme) => ChartContent) | undefined): void;
  /** Calls when a point of a series is clicked: the series' id and the point's index. */
  onPick(listener: (series: string, index: number) => void): void;
}

export interface ChartOptions {
  readonly id: string;
  readonly title: string;
  /** Shown while there is no data. */
  readonly nothing: string;
}

const charts = new Set<() => void>();

export function createChart({ id, title, nothing }: ChartOptions): Chart {
  const canvas = element("div", { class: "canvas", role: "img" });
  const missing = element("p", { class: "muted" }, [nothing]);
  const root = element("figure", { id, class: "chart" }, [element("figcaption", {}, [title]), missing, canvas]);
  const listeners: ((series: string, index: number) => void)[] = [];
  let chart: ReturnType<typeof init> | undefined;
  let shown: ((theme: Theme) => ChartContent) | undefined;

  const start = (): ReturnType<typeof init> => {
    const started = init(canvas, undefined, { renderer: "canvas" });
    started.on("click", ({ seriesId, dataIndex }) => {
      if (seriesId !== undefined) for (const listener of listeners) listener(seriesId, dataIndex);
    });
    new ResizeObserver(() => {
      started.resize();
    }).observe(canvas);
    return started;
  };
  const draw = (): void => {
    canvas.hidden = shown === undefined;
    missing.hidden = shown !== undefined;
    if (!shown) return;
    const theme = currentTheme();
    const { option, description, points } = shown(theme);
    setAttributes(canvas, { "aria-label": `${title}: ${description}`, "data-points": points });
    chart ??= start();
    chart.setOption({ ...baseOption(theme), ...option }, { replaceMerge: ["series", "xAxis", "yAxis"] });
  };
  charts.add(draw);
  setText(missing, nothing);
  return {
    root,
    show(content) {
      shown = content;
      draw();
    },
    onPick(listener) {
      listeners.push(listener);
    },
  };
}

onThemeChange(() => {
  for (const draw of charts) draw();
});

function baseOption({ foreground, fontFamily, fontSize, background, border }: Theme): EChartsCoreOption {
  return {
    animation: false,
    textStyle: { color: foreground, fontFamily, fontSize: fontSize - 1 },
    grid: { left: 8, right: 16, top: 14, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "all" },
    tooltip: {
      // HTML would need inline styles, which the page's policy forbids.
      renderMode: "richText",
      backgroundColor: background,
      borderColor: border,
      textStyle: { color: foreground, fontFamily, fontSize: fontSize - 1 },
      confine: true,
    },
  };
}

export interface ValueAxisOptions {
  /** How its numbers are written; ECharts' own way where this is left out. */
  readonly format?: (value: number) => string;
  /** Whether it need not begin at 0. */
  readonly scale?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly splitLine?: { readonly show: boolean };
}

/** A number beside an axis: without the zeros that tell how exact a measured one is, which would make ticks of one axis differ. */
export function formatTick(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** An axis of numbers. */
export function valueAxis({ foreground, muted, border }: Theme, name: string, options: ValueAxisOptions = {}): object {
  const { format, ...more } = options;
  return {
    type: "value",
    name,
    nameLocation: "middle",
    nameGap: 22,
    nameTextStyle: { color: muted },
    axisLine: { show: true, lineStyle: { color: border } },
    // ECharts hands a formatter more than the value, which formats must not take for their own options.
    axisLabel: { color: foreground, hideOverlap: true, ...(format && { formatter: (value: number) => format(value) }) },
    splitLine: { lineStyle: { color: border } },
    ...more,
  };
}

/** How lines are told apart without colour. */
export const dashes = ["solid", "dashed", "dotted"] as const;
export const symbols = ["circle", "triangle", "rect", "diamond", "pin", "arrow"] as const;

/** Lines across a chart. ECharts would round their places to two decimals, and a score's budget is smaller than that. */
export function markLines(data: readonly object[]): object {
  return { symbol: "none", silent: true, precision: 12, data };
}

/** A line across the chart with its label, for goals and budgets. */
export function ruler(
  theme: Theme,
  along: { readonly xAxis?: number; readonly yAxis?: number },
  label: string,
): object {
  return {
    ...along,
    name: label,
    lineStyle: { color: theme.goal, type: "dashed", width: theme.highContrast ? 2 : 1 },
    label: { formatter: label, color: theme.foreground, position: "insideEndTop" },
  };
}
