/**
 * Charts as SVG, drawn without a browser. Colours are the page's CSS variables, so that they follow its light and dark
 * theme; every mark has a title, which browsers show and screen readers read.
 */
import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, VisualMapComponent } from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { escapeMarkup } from "../../shared/escape-markup.js";
import { Html } from "./html.js";

use([
  BarChart,
  GridComponent,
  HeatmapChart,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  SVGRenderer,
  VisualMapComponent,
]);

/** What a chart says without being seen. */
export interface ChartText {
  /** For screen readers: what is shown and the gist of it. */
  readonly description: string;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

export const ink = "var(--ink)";
const faint = "var(--faint)";
const rule = "var(--rule)";
/** Marks are drawn in these; the page replaces them by its theme's colours. */
export const seriesColors = ["var(--series-1)", "var(--series-2)", "var(--series-3)"];

export const axisStyle = {
  axisLabel: { color: ink, fontSize: 12 },
  axisLine: { show: true, lineStyle: { color: rule } },
  axisTick: { lineStyle: { color: rule } },
  splitLine: { lineStyle: { color: rule } },
  nameTextStyle: { color: faint, fontSize: 12 },
};

/** Draws an option. `titles`: by series and element, the title of each mark. */
export function draw(
  { width, height }: Size,
  { description }: ChartText,
  option: EChartsCoreOption,
  titles: readonly (readonly string[])[],
): Html {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: "inherit", color: ink }, ...option });
    const svg = chart
      .renderToSVGString()
      // Hover effects of the library's own colours.
      .replace(/<style ?>[\s\S]*?<\/style>/g, "")
      .replace(/ class="zr\d+-cls-\d+"/g, "")
      .replace(/^<svg /, `<svg role="img" aria-label="${escapeMarkup(description)}" `);
    return new Html(withTitles(svg, titles));
  } finally {
    chart.dispose();
  }
}

/** Puts a title into each mark. Marks carry the numbers of their series and element, which nobody else needs. */
function withTitles(svg: string, titles: readonly (readonly string[])[]): string {
  const titled = svg.replace(
    / ecmeta_series_index="(\d+)" ecmeta_data_index="(\d+)" ecmeta_ssr_type="chart"><\/path>/g,
    (_, series: string, element: string) => {
      const title = titles[Number(series)]?.[Number(element)];
      return title === undefined ? "></path>" : `><title>${escapeMarkup(title)}</title></path>`;
    },
  );
  return titled.replace(/ ecmeta_\w+="[^"]*"/g, "");
}

export interface HeatMap extends ChartText {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly rowTitle: string;
  readonly columnTitle: string;
  /** Share, 0 to 1, of a cell; `undefined` leaves it empty. */
  readonly value: (row: number, column: number) => number | undefined;
  /** What a cell says. */
  readonly title: (row: number, column: number) => string;
  /** Write percentages into the cells. */
  readonly labels: boolean;
  /** Side of a cell, in pixels. */
  readonly cell: number;
}

/** About the width of a letter of an axis, in pixels. */
const letterWidth = 6;

/** Cells from faint to full: rows from top to bottom. */
export function heatMap(map: HeatMap): Html {
  const { rows, columns, value, title, cell } = map;
  const cells = rows.flatMap((_, row) =>
    columns.flatMap((__, column) => {
      const share = value(row, column);
      return share === undefined ? [] : [{ row, column, share }];
    }),
  );
  const longest = Math.max(...columns.map(({ length }) => length));
  const areUpright = longest * letterWidth <= cell;
  const gap = areUpright ? 22 : 16 + letterWidth * longest;
  const margin = { left: 96, top: 8, right: 12, bottom: gap + 20 };
  const option = {
    grid: { ...margin, containLabel: false },
    xAxis: { ...cellAxis(columns, map.columnTitle, gap, cell, areUpright ? 0 : 90), inverse: false },
    yAxis: { ...cellAxis(rows, map.rowTitle, 80, cell, 0), inverse: true },
    visualMap: { show: false, min: 0, max: 1, inRange: { color: [heat, heat], opacity: [0.03, 1] } },
    series: [
      {
        type: "heatmap",
        data: cells.map(({ row, column, share }) => ({
          value: [column, row, share],
          label: cellLabel(share, map.labels),
        })),
        itemStyle: { borderColor: "var(--page)", borderWidth: 1 },
        emphasis: { disabled: true },
      },
    ],
  };
  const size = {
    width: margin.left + margin.right + cell * columns.length,
    height: margin.top + margin.bottom + cell * rows.length,
  };
  return draw(size, map, option, [cells.map(({ row, column }) => title(row, column))]);
}

function cellAxis(data: readonly string[], name: string, nameGap: number, cell: number, rotate: number) {
  return {
    type: "category",
    data,
    name,
    nameLocation: "middle",
    nameGap,
    ...axisStyle,
    axisLabel: { ...axisStyle.axisLabel, rotate, interval: 0, fontSize: Math.max(8, Math.min(12, cell - 6)) },
    splitLine: { show: false },
  };
}

function cellLabel(share: number, labels: boolean) {
  return {
    show: labels && share >= 0.005,
    formatter: String(Math.round(share * 100)),
    color: inkOn(share),
    opacity: 1,
    fontSize: 10,
  };
}

/** What can be read on a cell of this fullness, in the light theme and in the dark one. */
function inkOn(share: number): string {
  if (share > 0.85) return "var(--on-heat)";
  return share > 0.62 ? "var(--on-mid-heat)" : ink;
}

/** The library mixes colours itself, so this one is a number; the page puts its own in its place. */
export const heat = "#2f6fb3";

export interface LineChartSpec extends ChartText {
  readonly labels: readonly string[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly series: readonly Line[];
  /** A horizontal line to be reached. */
  readonly goal?: { readonly name: string; readonly value: number };
}

interface Line {
  readonly name: string;
  readonly values: readonly number[];
  /** Bounds around the values, drawn as a band. */
  readonly band?: readonly (readonly [low: number, high: number])[];
  readonly titles: readonly string[];
}

/** Lines over shares from 0 to 100 %. */
export function lineChart(spec: LineChartSpec): Html {
  const { labels, series, goal } = spec;
  const lines = series.map(({ name, values }, index) => ({
    type: "line",
    name,
    data: values.map((value) => value * 100),
    symbol: index === 0 ? "circle" : "diamond",
    symbolSize: 8,
    lineStyle: { color: seriesColors[index], width: 2, type: index === 0 ? "solid" : "dashed" },
    itemStyle: { color: seriesColors[index] },
    emphasis: { disabled: true },
    ...(index === 0 && goal && { markLine: goalLine(goal) }),
  }));
  const bands = series.flatMap(({ band }, index) => (band ? bandSeries(band, index) : []));
  const option = {
    grid: { left: 60, right: 24, top: 36, bottom: 56 },
    ...(series.length > 1 && { legend: { data: series.map(({ name }) => name), textStyle: { color: ink }, top: 0 } }),
    xAxis: {
      type: "category",
      data: labels,
      boundaryGap: false,
      name: spec.xTitle,
      nameLocation: "middle",
      nameGap: 32,
      ...axisStyle,
    },
    yAxis: percentAxis(spec.yTitle),
    series: [...lines, ...bands],
  };
  return draw(
    { width: 860, height: 380 },
    spec,
    option,
    series.map(({ titles }) => titles),
  );
}

function goalLine({ name, value }: { readonly name: string; readonly value: number }) {
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: "var(--goal)", type: "dotted", width: 2 },
    label: { formatter: name, color: "var(--goal)", position: "insideStartTop" },
    data: [{ yAxis: value * 100 }],
  };
}

/** An invisible line below and the distance to the upper bound stacked on it. */
function bandSeries(band: readonly (readonly [number, number])[], index: number) {
  const common = {
    type: "line",
    stack: `band ${index}`,
    symbol: "none",
    silent: true,
    lineStyle: { opacity: 0 },
    emphasis: { disabled: true },
  };
  return [
    { ...common, data: band.map(([low]) => low * 100) },
    {
      ...common,
      data: band.map(([low, high]) => (high - low) * 100),
      areaStyle: { color: seriesColors[index], opacity: 0.18 },
    },
  ];
}

function percentAxis(name: string) {
  return {
    type: "value",
    min: 0,
    max: 100,
    name,
    nameLocation: "middle",
    nameGap: 40,
    ...axisStyle,
    axisLabel: { ...axisStyle.axisLabel, formatter: "{value} %" },
  };
}

export interface BarChartSpec extends ChartText {
  readonly labels: readonly string[];
  readonly yTitle: string;
  readonly series: readonly {
    readonly name: string;
    readonly values: readonly number[];
    readonly titles: readonly string[];
  }[];
}

/** Bars of shares from 0 to 100 %, side by side. */
export function barChart(spec: BarChartSpec): Html {
  const { labels, series } = spec;
  const size = { width: 860, height: 380 };
  const margin = { left: 60, right: 24, top: 36 };
  const room = (size.width - margin.left - margin.right) / labels.length;
  const areUpright = labels.every(({ length }) => (length + 1) * letterWidth <= room);
  const option = {
    grid: { ...margin, bottom: areUpright ? 36 : 88 },
    ...(series.length > 1 && { legend: { data: series.map(({ name }) => name), textStyle: { color: ink }, top: 0 } }),
    xAxis: {
      type: "category",
      data: labels,
      ...axisStyle,
      axisLabel: { ...axisStyle.axisLabel, rotate: areUpright ? 0 : 60, interval: 0 },
      splitLine: { show: false },
    },
    yAxis: percentAxis(spec.yTitle),
    series: series.map(({ name, values }, index) => ({
      type: "bar",
      name,
      data: values.map((value) => value * 100),
      itemStyle: { color: seriesColors[index] },
      emphasis: { disabled: true },
    })),
  };
  return draw(
    size,
    spec,
    option,
    series.map(({ titles }) => titles),
  );
}

export interface HistogramChart extends ChartText {
  /** Of each bin. */
  readonly labels: readonly string[];
  readonly counts: readonly number[];
  readonly titles: readonly string[];
}

/** A small picture of a distribution, counts on a logarithmic scale so that rare codes are seen. */
export function histogramChart(spec: HistogramChart): Html {
  const { labels, counts, titles } = spec;
  const option = {
    grid: { left: 6, right: 6, top: 6, bottom: 22 },
    xAxis: {
      type: "category",
      data: labels,
      ...axisStyle,
      axisTick: { show: false },
      axisLabel: { ...axisStyle.axisLabel, fontSize: 10, showMinLabel: true, showMaxLabel: true },
      splitLine: { show: false },
    },
    yAxis: { type: "value", show: false, min: 0 },
    series: [
      {
        type: "bar",
        data: counts.map((count) => Math.log1p(count)),
        barCategoryGap: "4%",
        itemStyle: { color: seriesColors[0] },
        emphasis: { disabled: true },
      },
    ],
  };
  return draw({ width: 300, height: 110 }, spec, option, [titles]);
}
