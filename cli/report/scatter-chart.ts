/** Points of two measures, with a line through those that no other point beats. */
import { LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import { use } from "echarts/core";
import { axisStyle, draw, ink, seriesColors, type ChartText } from "./charts.js";
import type { Html } from "./html.js";

use([GridComponent, LegendComponent, LineChart, ScatterChart]);

export interface ScatterPoint {
  readonly x: number;
  /** Share, 0 to 1. */
  readonly y: number;
  readonly title: string;
  /** Stands beside the point where there is room. */
  readonly label: string;
}

export interface ScatterSpec extends ChartText {
  readonly xTitle: string;
  readonly yTitle: string;
  readonly others: { readonly name: string; readonly points: readonly ScatterPoint[] };
  /** In the order of the line. */
  readonly front: { readonly name: string; readonly points: readonly ScatterPoint[] };
}

/** More labels than this cover each other. */
const mostLabels = 40;

/** Where the largest value is so many times the smallest, ratios are shown. */
const logRatio = 20;

export function scatterChart({ others, front, xTitle, yTitle, description }: ScatterSpec): Html {
  const values = [...others.points, ...front.points].map(({ x }) => x);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const isLog = least > 0 && most / least > logRatio;
  const axis = { nameLocation: "middle", scale: true, ...axisStyle } as const;
  const option = {
    grid: { left: 76, right: 36, top: 40, bottom: 60 },
    legend: { data: [others.name, front.name], textStyle: { color: ink }, top: 0 },
    xAxis: { ...axis, type: isLog ? "log" : "value", name: xTitle, nameGap: 34 },
    yAxis: {
      ...axis,
      type: "value",
      name: yTitle,
      nameGap: 52,
      axisLabel: { ...axisStyle.axisLabel, formatter: "{value} %" },
    },
    series: [
      {
        type: "scatter",
        name: others.name,
        data: pairs(others.points),
        symbol: "circle",
        symbolSize: 8,
        itemStyle: { color: seriesColors[0], opacity: 0.55 },
        emphasis: { disabled: true },
      },
      {
        type: "line",
        name: front.name,
        data: pairs(front.points),
        step: "end",
        symbol: "diamond",
        symbolSize: 12,
        showAllSymbol: true,
        itemStyle: { color: seriesColors[1] },
        lineStyle: { color: seriesColors[1], width: 2 },
        label: {
          show: front.points.length <= mostLabels,
          position: "top",
          color: ink,
          fontSize: 11,
          formatter: ({ dataIndex }: { readonly dataIndex: number }) => front.points[dataIndex]?.label ?? "",
        },
        labelLayout: { hideOverlap: true },
        emphasis: { disabled: true },
      },
    ],
  };
  return draw({ width: 1040, height: 460 }, { description }, option, [
    others.points.map(({ title }) => title),
    front.points.map(({ title }) => title),
  ]);
}

function pairs(points: readonly ScatterPoint[]): readonly (readonly [number, number])[] {
  return points.map(({ x, y }) => [x, 100 * y]);
}
