/** The tooltip of a hint, made when the pointer rests on it. */
import type { MarkupContent } from "vscode-languageserver";
import { attributionOf, type RunAnalysis } from "../../models/model-state.js";
import { escapeMarkdown, layerFormulas, layerTable } from "../layer-record.js";
import type { HintData } from "../inlay-hints.js";
import type { HintSite } from "./hint-site.js";

/** Executions whose formulas are written out. */
const maxFormulas = 3;

/** Every number of the hint with where it comes from; `undefined` when the sites are not of this analysis. */
export function hintTooltip(analysis: RunAnalysis, data: HintData): MarkupContent | undefined {
  const [head] = data.sites;
  const layers = [...new Set(data.sites.flatMap(([kind, id]) => layersAt(analysis, kind, id)))].sort((a, b) => a - b);
  if (!head || layers.length === 0) return undefined;
  const costed = layers.map((layer) => layerFormulas(analysis, layer)).filter((text) => text !== "");
  const parts = [
    `**${escapeMarkdown(siteName(analysis, ...head))}**${layers.length > 1 ? ` · ${layers.length} layers` : ""}`,
    layerTable(analysis, layers),
    ...(costed.length <= maxFormulas ? costed : []),
    basis(analysis),
  ];
  return { kind: "markdown", value: parts.filter((part) => part !== "").join("\n\n") };
}

/** What the numbers stand for. */
export function basis({ cost, weights }: RunAnalysis): string {
  const source = weights ? `with the weights of ${escapeMarkdown(weights.source)}` : "dense, no weights selected";
  const stale = weights?.state === "stale" ? " (stale: the architecture differs)" : "";
  return `_${cost.flavor}, ${source}${stale}_`;
}

function layersAt(analysis: RunAnalysis, kind: HintSite["kind"], id: number): readonly number[] {
  const { calls, rows } = attributionOf(analysis);
  return (kind === "row" ? rows : calls).get(id)?.layers ?? [];
}

function siteName({ program }: RunAnalysis, kind: HintSite["kind"], id: number): string {
  if (kind !== "row") return program.calls.get(id)?.callee ?? "";
  const element = program.elements.get(id);
  return `${element?.arrayName ?? "row"}[${element?.index ?? 0}]`;
}
