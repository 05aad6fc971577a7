/** Completion at a bit width: 1 to 8, each with what the model would cost. */
import { CompletionItemKind, type CompletionItem, type Position } from "vscode-languageserver";
import { formatBits, formatBops, formatChange, formatScore } from "../../../shared/format.js";
import type { ShownModel } from "../models/model-state.js";
import { whatIfBits } from "./bit-widths.js";
import { bitWidthAt } from "./positions.js";

/** Empty everywhere but at the number of a quantiser, so that no other completion is disturbed. */
export function completion(shown: ShownModel, file: string, position: Position): CompletionItem[] {
  const { analysis, sources } = shown;
  const source = sources.file(file);
  const site = source && bitWidthAt(analysis, source, source.offsetAt(position));
  const range = site && source.rangeOf(site);
  if (!range) return [];
  return whatIfBits(analysis, site).map(({ bits, totals, score, current }) => {
    const change = current ? "now" : formatChange(score / analysis.score - 1);
    return {
      label: String(bits),
      labelDetails: { description: `score ${formatScore(score)}` },
      kind: CompletionItemKind.Value,
      detail: `score ${formatScore(score)} (${change}) · ${formatBops(totals.bops)} · ${formatBits(totals.memWBits)}`,
      sortText: String(bits),
      ...(current && { preselect: true }),
      textEdit: { range, newText: String(bits) },
    };
  });
}
