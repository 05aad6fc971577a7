/** The lens with the model's score, its distance to the budget and what changed since the last commit. */
import {
  formatBits,
  formatBops,
  formatChange,
  formatDifference,
  formatRatio,
  formatScore,
  formatShare,
} from "../../../../shared/format.js";
import type { CostReport } from "../../../../shared/cost/types.js";
import type { RunAnalysis } from "../../models/model-state.js";
import { baseName } from "../../host/uris.js";

/** A model as it was at the last commit. */
export interface BaseModel {
  readonly analysis: RunAnalysis;
  /** `HEAD`. */
  readonly label: string;
}

/** `score 0.0825 (dense) · 96.9 Mbop · 55.9 kb · 4.1× over budget · since HEAD: −12 % score`. */
export function scoreTitle(analysis: RunAnalysis, fresh: boolean, base: BaseModel | undefined): string {
  const { bops, memWBits } = analysis.cost.totals;
  const parts = [
    `score ${formatScore(analysis.score)} (${basisOf(analysis)})`,
    formatBops(bops),
    formatBits(memWBits),
    budgetDistance(analysis),
    base && sinceBase(analysis, base),
    fresh ? undefined : "of the last text that ran",
  ];
  return parts.filter((part) => part !== undefined).join(" · ");
}

function basisOf({ weights }: RunAnalysis): string {
  if (!weights) return "dense";
  const name = baseName(weights.source);
  return weights.state === "stale" ? `${name}, stale` : name;
}

/**
 * The worst of the budget's limits. Without weights a model that prunes in its recipe is not judged: what counts
 * comes later.
 */
export function budgetDistance({ definition, cost, score, weights }: RunAnalysis): string | undefined {
  const { budget, recipe } = definition;
  if (!budget) return undefined;
  const ratios = [
    ratio(score, budget.score),
    ratio(cost.totals.bops, budget.bops),
    ratio(cost.totals.memWBits, budget.memWBits),
  ].filter((value) => value !== undefined);
  if (ratios.length === 0) return undefined;
  const worst = Math.max(...ratios);
  if (worst === 1) return "at budget";
  if (worst < 1) return `${formatShare(1 - worst)} below budget`;
  const prunes = !weights && recipe.some((stage) => stage.kind === "prune");
  return `${formatRatio(worst)} over budget${prunes ? " before pruning" : ""}`;
}

function ratio(value: number, limit: number | undefined): number | undefined {
  return limit === undefined || limit <= 0 ? undefined : value / limit;
}

/** Reports of now and before that may be compared: with weights only when they fit both models alike, else dense. */
export function sameFooting(
  analysis: RunAnalysis,
  base: RunAnalysis,
): { readonly now: CostReport; readonly before: CostReport; readonly dense: boolean } {
  const fits = analysis.weights?.state === base.weights?.state;
  return fits
    ? { now: analysis.cost, before: base.cost, dense: false }
    : { now: analysis.dense, before: base.dense, dense: true };
}

/** `since HEAD: −12 % score, −7.33 Mbop`. */
function sinceBase(analysis: RunAnalysis, { analysis: base, label }: BaseModel): string {
  const { now, before, dense } = sameFooting(analysis, base);
  const [score, baseScore] = dense ? [analysis.denseScore, base.denseScore] : [analysis.score, base.score];
  const bops = now.totals.bops - before.totals.bops;
  const memWBits = now.totals.memWBits - before.totals.memWBits;
  if (score === baseScore && bops === 0 && memWBits === 0) return `unchanged since ${label}`;
  const parts = [
    `${formatChange(score / baseScore - 1)}${dense ? " dense" : ""} score`,
    ...(bops === 0 ? [] : [formatDifference(bops, formatBops)]),
    ...(memWBits === 0 ? [] : [formatDifference(memWBits, formatBits)]),
  ];
  return `since ${label}: ${parts.join(", ")}`;
}
