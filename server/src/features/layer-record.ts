/** What is known about executed layers, as Markdown: for hovers and for the tooltips of hints. */
import { formatBits, formatBops, formatCount, formatShape, formatShare } from "../../../shared/format.js";
import { layerCost, outputShape, sumOfLayers, type LayerCost } from "../models/layer-costs.js";
import type { RunAnalysis } from "../models/model-state.js";
import { costFormulas } from "./formula.js";

/** Rows of a table before the rest is summed up. */
const maxRows = 12;

/** Several executions: a table with a row each and their sum. */
export function layerTable(analysis: RunAnalysis, layers: readonly number[]): string {
  const costed = layers.filter((layer) => layerCost(analysis, layer).nodes.length > 0);
  const shown = costed.slice(0, maxRows);
  if (shown.length === 0) return "";
  const rest = costed.length - shown.length;
  return table(
    ["layer", "output", "types", "MACs", "density", "bit-ops", "weights", "share"],
    [
      ...shown.map((layer) => layerRow(analysis, layer)),
      ...(rest > 0 ? [[`… ${rest} more`, "", "", "", "", "", "", ""]] : []),
      ...(costed.length > 1 ? [sumRow(analysis, costed)] : []),
    ],
  );
}

/** The formulas of one layer, as a code block. */
export function layerFormulas(analysis: RunAnalysis, layer: number): string {
  const lines = layerCost(analysis, layer).nodes.flatMap((node) => costFormulas(analysis.graph, node));
  return lines.length === 0 ? "" : ["```text", ...lines, "```"].join("\n");
}

/** A Markdown table; cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** Names come from the model file: nothing in them may start a link, an image or a new cell. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~]/g, String.raw`\$&`).replace(/\s+/g, " ");
}

function escapeCell(cell: string): string {
  return cell.replace(/\|/g, String.raw`\|`).replace(/\s+/g, " ");
}

function layerRow(analysis: RunAnalysis, layer: number): string[] {
  const cost = layerCost(analysis, layer);
  const shape = outputShape(analysis, layer);
  return [
    escapeMarkdown(analysis.graph.layers[layer]?.name ?? ""),
    shape ? formatShape(shape) : "?",
    typesOf(cost),
    formatCount(cost.macs),
    densityOf(cost),
    formatBops(cost.bops),
    formatBits(cost.memWBits),
    shareOf(analysis, cost.bops),
  ];
}

function sumRow(analysis: RunAnalysis, layers: readonly number[]): string[] {
  const sum = sumOfLayers(analysis, layers);
  const cells = [formatCount(sum.macs), "", formatBops(sum.bops), formatBits(sum.memWBits)];
  return ["**sum**", "", "", ...cells, shareOf(analysis, sum.bops)];
}

/** Types of the multiplied operands: `SCALEDINT8 × SCALEDINT6`. */
export function typesOf({ nodes }: LayerCost): string {
  return nodes.map(({ inputType, weightType }) => `${inputType} × ${weightType}`).join(", ");
}

/** Non-zero share of the weights. */
export function densityOf({ nodes }: LayerCost): string {
  return nodes.map(({ density }) => formatShare(density)).join(", ");
}

/** Share of the model's bit-operations. */
export function shareOf({ cost }: RunAnalysis, bops: number): string {
  return formatShare(cost.totals.bops === 0 ? 0 : bops / cost.totals.bops);
}
