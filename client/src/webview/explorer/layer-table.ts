/** The table of layers: everything that the icicle shows, and more, for reading and sorting. */
import { formatShape, formatShare } from "../../../../shared/format.js";
import type { ComparedLayer, ExploredLayer, ExploreRecord } from "../../../../shared/messages.js";
import { createTable, numberColumn, type Column } from "../common/table.js";
import { differenceClass, formatMetric, formatMetricDifference, metrics, type Metric } from "./metrics.js";
import type { View } from "./view.js";

interface Row {
  readonly index: number;
  readonly name: string;
  /** Absent for a layer that was there at the last commit only. */
  readonly layer?: ExploredLayer;
  readonly compared?: ComparedLayer;
}

export interface LayerTable {
  readonly root: HTMLElement;
  show(record: ExploreRecord, view: View, highlighted: ReadonlySet<number>): void;
}

export interface LayerTableOptions {
  readonly onSort: (sort: View["sort"]) => void;
  readonly onReveal: (layer: ExploredLayer) => void;
}

export function createLayerTable({ onSort, onReveal }: LayerTableOptions): LayerTable {
  const table = createTable<Row>({
    id: "layers",
    label: "Layers",
    onSort,
    onOpen: ({ layer }) => {
      if (layer) onReveal(layer);
    },
  });
  return {
    root: table.root,
    show(record, view, highlighted) {
      const compared = view.compare ? record.comparison : undefined;
      table.show({
        columns: columnsOf(record, view, compared?.label),
        rows: compared ? comparedRows(record, compared.layers) : record.layers.map(rowOf),
        sort: view.sort,
        keyOf: ({ name }) => name,
        isSelected: ({ layer, index }) => layer !== undefined && highlighted.has(index),
      });
    },
  };
}

function rowOf(layer: ExploredLayer, index: number): Row {
  return { index, name: layer.name, layer };
}

function comparedRows({ layers }: ExploreRecord, compared: readonly ComparedLayer[]): Row[] {
  return compared.map((entry, index) => {
    const layer = entry.layer === undefined ? undefined : layers[entry.layer];
    return { index, name: entry.name, compared: entry, ...(layer && { layer }) };
  });
}

function columnsOf(record: ExploreRecord, { metric }: View, comparedWith: string | undefined): Column<Row>[] {
  return [
    { key: "order", label: "Layer", text: ({ name }) => name, value: ({ index }) => index, isOpener: true },
    ...(record.whatIf ? whatIfColumns(metric) : []),
    ...(comparedWith === undefined ? [] : comparedColumns(metric, comparedWith)),
    ...metrics.map(({ key, label }) => metricColumn(key, label)),
    densityColumn,
    { key: "shape", label: "Output", text: ({ layer }) => (layer?.outputShape ? formatShape(layer.outputShape) : "") },
    { key: "types", label: "Types", text: ({ layer }) => typesOf(layer) },
    { key: "kind", label: "Kind", text: ({ layer, compared }) => layer?.kind ?? compared?.kind ?? "" },
  ];
}

const densityColumn = numberColumn<Row>({
  key: "density",
  label: "Density",
  of: ({ layer }) => (layer?.weightType === undefined ? undefined : (layer.whatIf?.density ?? layer.density)),
  format: formatShare,
});

function typesOf(layer: ExploredLayer | undefined): string {
  return layer?.inputType === undefined || layer.weightType === undefined
    ? ""
    : `${layer.inputType} × ${layer.weightType}`;
}

function metricColumn(key: Metric, label: string): Column<Row> {
  return {
    key,
    label,
    isNumber: true,
    text: ({ layer }) => (layer ? formatMetric(key, layer[key]) : "removed"),
    value: ({ layer }) => layer?.[key] ?? -1,
  };
}

function whatIfColumns(metric: Metric): Column<Row>[] {
  return [
    numberColumn({
      key: "whatIf",
      label: "What-if",
      of: ({ layer }) => layer?.whatIf?.value[metric],
      format: (value) => formatMetric(metric, value),
    }),
    differenceColumn("whatIfChange", "Change", metric, ({ layer }) => layer?.whatIf?.difference[metric]),
  ];
}

function comparedColumns(metric: Metric, label: string): Column<Row>[] {
  return [
    {
      key: "before",
      label,
      isNumber: true,
      text: ({ compared }) => (compared?.before ? formatMetric(metric, compared.before[metric]) : "new"),
      value: ({ compared }) => compared?.before?.[metric] ?? -1,
    },
    differenceColumn("beforeChange", `Since ${label}`, metric, ({ compared }) => compared?.difference[metric]),
  ];
}

function differenceColumn(
  key: string,
  label: string,
  metric: Metric,
  of: (row: Row) => number | undefined,
): Column<Row> {
  return {
    ...numberColumn({ key, label, of, format: (value) => formatMetricDifference(metric, value), missing: 0 }),
    className: (row) => differenceClass(of(row) ?? 0),
  };
}
