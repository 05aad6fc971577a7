/** The layer table of a model, its totals and its score, for a person. */
import { officialDictionary } from "../../shared/cost/official.js";
import { formatCount, formatShape, formatShare } from "../../shared/format.js";
import { dataTypeName, type CostFlavor } from "../../shared/graph/datatype.js";
import { printable } from "../../shared/printable.js";
import { layerCosts, type CostedModel, type LayerCost } from "../../shared/analysis/cost-layers.js";
import { formatPreciseScore } from "./scores.js";
import type { Colors } from "./colors.js";
import { table, type Column } from "./table.js";

/** `breakdown`: the official dictionary, entry by entry, below the table. */
export function costTable(model: CostedModel, breakdown: boolean, colors: Colors): string {
  const { cost, file, graph } = model;
  const [titles = "", ...lines] = table(columns(cost.flavor, cost.discountSparsity), [
    ...layerCosts(model),
    total(model),
  ]);
  const totals = lines.pop() ?? "";
  return [
    `${colors.bold(printable(graph.name))}  ${file}`,
    colors.dim(`${cost.flavor}, ${weightsText(model)}`),
    "",
    colors.dim(titles),
    ...lines,
    colors.bold(totals),
    "",
    ...unsupportedLine(model, colors),
    scoreLine(model, colors),
    ...(breakdown ? ["", ...dictionaryLines(model)] : []),
    "",
  ].join("\n");
}

type Row = LayerCost | Total;

interface Total {
  readonly total: true;
  readonly macs: number;
  readonly bops: number;
  readonly memWBits: number;
}

function total({ cost: { totals } }: CostedModel): Total {
  return { total: true, macs: totals.macs, bops: totals.bops, memWBits: totals.memWBits };
}

function columns(flavor: CostFlavor, sparse: boolean): Column<Row>[] {
  const perLayer = (cell: (layer: LayerCost) => string) => (row: Row) => ("total" in row ? "" : cell(row));
  const amount = (key: "macs" | "bops" | "memWBits") => (row: Row) =>
    formatCount("total" in row ? row[key] : row.node[key]);
  return [
    { title: "layer", align: "left", shorten: "middle", cell: (row) => ("total" in row ? "total" : row.name) },
    { title: "op", align: "left", spare: 1, cell: perLayer(({ node }) => node.opType) },
    { title: "output", align: "right", spare: 2, cell: perLayer(({ node }) => formatShape(node.outputShape)) },
    {
      title: "input type",
      align: "left",
      spare: 5,
      cell: perLayer(({ node }) => dataTypeName(node.inputType, flavor)),
    },
    {
      title: "weight type",
      align: "left",
      spare: 6,
      cell: perLayer(({ node }) => dataTypeName(node.weightType, flavor)),
    },
    {
      title: "density",
      align: "right",
      spare: 4,
      cell: perLayer(({ node }) => (sparse ? formatShare(node.density) : "")),
    },
    { title: "MACs", align: "right", spare: 3, cell: amount("macs") },
    { title: "bit-ops", align: "right", cell: amount("bops") },
    { title: "weight bits", align: "right", cell: amount("memWBits") },
    { title: "score", align: "right", cell: perLayer(({ shareOfScore }) => formatShare(shareOfScore)) },
  ];
}

/** What the numbers stand for. */
function weightsText({ cost, weights }: CostedModel): string {
  const discount = cost.discountSparsity ? "zero weights not counted" : "dense: zero weights counted";
  if (weights === undefined) return discount;
  return `${discount}, weights of ${weights.source}${weights.state === "stale" ? " (they do not fit the model)" : ""}`;
}

function unsupportedLine({ cost }: CostedModel, colors: Colors): string[] {
  if (cost.unsupported.length === 0) return [];
  return [colors.yellow(`The tool has no price for ${cost.unsupported.join(", ")}: they count as nothing here.`)];
}

function scoreLine({ baseline, cost: { totals }, score }: CostedModel, colors: Colors): string {
  const bops = `${baseline.bopsWeight} · ${formatCount(totals.bops)} / ${formatCount(baseline.bops)}`;
  const memory = `${baseline.memWWeight} · ${formatCount(totals.memWBits)} / ${formatCount(baseline.memWBits)}`;
  return `${colors.bold(`score ${formatPreciseScore(score)}`)} = ${bops} + ${memory} (baseline: ${baseline.name})`;
}

function dictionaryLines({ cost }: CostedModel): string[] {
  return flatten(officialDictionary(cost, true), "").map(([key, value]) => `${key}: ${String(value)}`);
}

/** Nested dictionaries as dotted keys. */
function flatten(value: Readonly<Record<string, unknown>>, prefix: string): [string, unknown][] {
  return Object.entries(value).flatMap(([key, entry]) =>
    typeof entry === "object" && entry !== null
      ? flatten(entry as Readonly<Record<string, unknown>>, `${prefix}${key}.`)
      : [[`${prefix}${key}`, entry] as [string, unknown]],
  );
}
