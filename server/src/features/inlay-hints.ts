/** Inlay hints: what stands at the end of a layer call, a helper call and a config row. */
import type { InlayHint, Range } from "vscode-languageserver";
import type { HintConfig } from "../config.js";
import { sumOfLayers } from "../models/layer-costs.js";
import type { RunAnalysis, ShownModel } from "../models/model-state.js";
import type { SourceFile } from "../text/sources.js";
import { bitOpsPart } from "./inlay-hints/bit-ops.js";
import { groupNested, type PlacedSite } from "./inlay-hints/grouping.js";
import { layersOf, type HintGroup, type HintSite } from "./inlay-hints/hint-site.js";
import { joinParts } from "./inlay-hints/label.js";
import { layerSites } from "./inlay-hints/layers.js";
import { memoryPart } from "./inlay-hints/memory.js";
import { rowSites } from "./inlay-hints/rows.js";
import { shapePart } from "./inlay-hints/shape.js";
import { subtotalSites } from "./inlay-hints/subtotals.js";

/** What a hint carries so that its tooltip can be made later. */
export interface HintData {
  readonly model: string;
  /** `ModelState.id`: the tooltip of an older evaluation is not made. */
  readonly state: number;
  /** Kind and id of every site that the hint stands for, the outermost first. */
  readonly sites: readonly (readonly [HintSite["kind"], number])[];
}

export interface HintRequest {
  /** Canonical URI of the file that is shown. */
  readonly file: string;
  readonly range: Range;
  readonly model: string;
  readonly state: number;
}

/** The hints of one file within the requested range, in text order. */
export function inlayHints(shown: ShownModel, request: HintRequest, config: HintConfig): InlayHint[] {
  const { analysis, sources } = shown;
  const file = sources.file(request.file);
  if (!file) return [];
  const first = file.offsetAt(request.range.start);
  const last = file.offsetAt(request.range.end);
  const groups = groupNested(placed(hintSites(analysis, file.key, config), file));
  return groups.flatMap((group) => {
    if (group.offset < first || group.offset > last) return [];
    const label = labelOf(group, analysis, config);
    if (label === "") return [];
    const sites = group.members.map(({ kind, id }) => [kind, id] as const);
    const data: HintData = { model: request.model, state: request.state, sites };
    return [{ position: group.position, label, paddingLeft: true, data }];
  });
}

function hintSites(analysis: RunAnalysis, file: string, config: HintConfig): HintSite[] {
  return [
    ...(config.rows ? rowSites(analysis, file) : []),
    ...(config.subtotals ? subtotalSites(analysis, file) : []),
    ...layerSites(analysis, file),
  ];
}

/** Sites where they are now. */
function placed(sites: readonly HintSite[], file: SourceFile): PlacedSite[] {
  return sites.flatMap((site): PlacedSite[] => {
    const span = file.spanOf(site.span);
    return span ? [{ site, start: span.start, end: span.end, endPosition: file.positionAt(span.end) }] : [];
  });
}

function labelOf(group: HintGroup, analysis: RunAnalysis, config: HintConfig): string {
  const shape = config.shape ? shapePart(group, analysis) : undefined;
  const sum = sumOfLayers(analysis, layersOf(group));
  const costs = [config.bitOps ? bitOpsPart(sum) : undefined, config.memory ? memoryPart(sum) : undefined];
  const shown = costs.filter((part) => part !== undefined);
  if (group.head.kind !== "layer" && shown[0] !== undefined) shown[0] = `Σ ${shown[0]}`;
  return joinParts(shape === undefined ? shown : [shape, ...shown], config.maxLength);
}
