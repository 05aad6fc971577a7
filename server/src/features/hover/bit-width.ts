/** The what-if table of a bit width. */
import type { BitWidthSite } from "../../../../shared/analysis/bit-width-sites.js";
import { formatBits, formatBops, formatChange, formatScore } from "../../../../shared/format.js";
import type { RunAnalysis } from "../../models/model-state.js";
import { whatIfBits } from "../bit-widths.js";
import { basis } from "../inlay-hints/tooltip.js";
import { escapeMarkdown, table } from "../layer-record.js";
import { quantizerName } from "../quantizer-name.js";

/** What the whole model would cost with 1 to 8 bits here. */
export function bitWidthHover(analysis: RunAnalysis, site: BitWidthSite): string {
  const rows = whatIfBits(analysis, site).map(({ bits, totals, score, current }) => {
    const change = current ? "now" : formatChange(score / analysis.score - 1);
    const cells = [String(bits), formatBops(totals.bops), formatBits(totals.memWBits), formatScore(score), change];
    return current ? cells.map((cell) => `**${cell}**`) : cells;
  });
  const count = site.layers.size === 1 ? "1 layer" : `${site.layers.size} layers`;
  const name = escapeMarkdown(quantizerName(analysis.program, site.call));
  return [
    `**${name}**, ${count}: the model at other widths`,
    table(["bits", "bit-ops", "weights", "score", "change"], rows),
    basis(analysis),
  ].join("\n\n");
}
