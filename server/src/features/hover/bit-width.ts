/** The what-if table of a bit width. */
import type { BitWidthSite } from "../../../../shared/analysis/bit-width-sites.js";
import { widthsOf } from "../../../../shared/cost/what-if.js";
import { formatBits, formatBops, formatChange, formatScore } from "../../../../shared/format.js";
import type { RunAnalysis } from "../../models/model-state.js";
import { siteOf, whatIfBits } from "../bit-widths.js";
import { basis } from "../inlay-hints/tooltip.js";
import { escapeMarkdown, table } from "../layer-record.js";
import type { WidthExpression } from "../positions.js";
import { quantizerName } from "../quantizer-name.js";

/** Longest text of an expression that is shown. */
const maxText = 40;

/** What the whole model would cost with 1 to 8 bits here. */
export function bitWidthHover(analysis: RunAnalysis, site: BitWidthSite): string {
  const name = escapeMarkdown(quantizerName(analysis.program, site.call));
  const title = `**${name}**, ${layerCount(site.layers.size)}: the model at other widths`;
  return [title, whatIfTable(analysis, site), basis(analysis)].join("\n\n");
}

/**
 * The same where the width is a name or an expression: first with another number in its place, which changes the layers of this
 * quantiser alone; then, where it stands for a number that decides more, with that number changed.
 */
export function widthExpressionHover(analysis: RunAnalysis, { call, text, cost }: WidthExpression): string {
  const { graph, program } = analysis;
  const widths = widthsOf(graph, analysis.cost.dataTypes, cost.nodes);
  const [value] = widths;
  const now = widths.length > 1 ? ` (now ${widths.map((bits) => bits ?? "no").join(", ")} bits)` : "";
  const name = escapeMarkdown(quantizerName(program, call));
  const shown = escapeMarkdown(text.length > maxText ? `${text.slice(0, maxText)}…` : text);
  const only = { nodes: cost.nodes, ...(widths.length === 1 && value !== undefined && { value }) };
  const parts = [
    `**${name}**, ${layerCount(cost.layers.length)}${now}: the model with another width than ${shown} here alone`,
    whatIfTable(analysis, only),
  ];
  const site = siteOf(analysis, cost);
  if (site && site.nodes.length > cost.nodes.length) {
    const all = layerCount(site.layers.size);
    parts.push(`**${shown}**, ${all}: the model with another number where it is written`, whatIfTable(analysis, site));
  }
  return [...parts, basis(analysis)].join("\n\n");
}

function whatIfTable(analysis: RunAnalysis, site: Pick<BitWidthSite, "nodes" | "value">): string {
  const rows = whatIfBits(analysis, site).map(({ bits, totals, score, current }) => {
    const change = current ? "now" : formatChange(score / analysis.score - 1);
    const cells = [String(bits), formatBops(totals.bops), formatBits(totals.memWBits), formatScore(score), change];
    return current ? cells.map((cell) => `**${cell}**`) : cells;
  });
  return table(["bits", "bit-ops", "weights", "score", "change"], rows);
}

function layerCount(count: number): string {
  return count === 1 ? "1 layer" : `${count} layers`;
}
