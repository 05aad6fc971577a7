/** What the cost explorer shows: the model's parts with their costs, a what-if, and what changed since the last commit. */
import type { ExploredLayer, ExploreParams, ExploreRecord } from "../../../shared/messages.js";
import type { ModelState } from "../models/model-state.js";
import type { BaseModel } from "./code-lens/score.js";
import { compareWithBase } from "./explore/comparison.js";
import { callParts, priceParts, rowParts } from "./explore/nodes.js";
import { byLayer, changed, changedScore, densityOf, scored, sumOf } from "./explore/numbers.js";
import { whatIfReport } from "./explore/what-if.js";
import { widthRecords } from "./explore/widths.js";
import { modelCost } from "./model-cost.js";

/** `null` while the model has never run. */
export function explore(
  state: ModelState,
  { uri, whatIf }: ExploreParams,
  base: BaseModel | undefined,
): ExploreRecord | null {
  const record = modelCost(state, uri);
  const { shown, config } = state;
  if (!record || !shown) return null;
  const { analysis } = shown;
  const calls = callParts(shown);
  const rows = rowParts(shown);
  const report = whatIfReport(state, shown, rows ? [rows, calls] : [calls], whatIf);
  const total = scored(analysis.cost, analysis);
  const then = report && byLayer(report.nodes);
  const layers = record.layers.map((layer, index): ExploredLayer => {
    if (!then) return layer;
    const density = densityOf([index], then) ?? layer.density;
    return { ...layer, whatIf: { ...changed(sumOf([index], then), layer), density } };
  });
  return {
    uri,
    fresh: record.fresh,
    summary: record.summary,
    basis: {
      flavor: config.flavor,
      profile: config.profile,
      baseline: analysis.baseline.name,
      discountSparsity: config.discountSparsity,
    },
    total,
    ...(report && { whatIf: changedScore(scored(report, analysis), total) }),
    calls: priceParts(calls, analysis, report?.nodes),
    ...(rows && { rows: priceParts(rows, analysis, report?.nodes) }),
    layers,
    bitWidths: widthRecords(shown),
    ...(base && { comparison: compareWithBase(analysis, base) }),
    unsupported: record.unsupported,
  };
}
