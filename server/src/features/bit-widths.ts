/** The bit widths in a model file, and what it would cost with others. */
import { bitWidthSites as sitesOf, type BitWidthSite } from "../../../shared/analysis/bit-width-sites.js";
import type { QuantizerCost } from "../../../shared/cost/attribution.js";
import { computeTotals } from "../../../shared/cost/cost.js";
import { score } from "../../../shared/cost/score.js";
import type { CostTotals } from "../../../shared/cost/types.js";
import { attributionOf, type RunAnalysis } from "../models/model-state.js";

export interface WhatIf {
  readonly bits: number;
  readonly totals: CostTotals;
  readonly score: number;
  /** True for the width in force. */
  readonly current: boolean;
}

/** The widths that what-ifs try. */
const triedBits = [1, 2, 3, 4, 5, 6, 7, 8] as const;

const memo = new WeakMap<RunAnalysis, readonly BitWidthSite[]>();

/** All bit widths of a program, each place once. */
export function bitWidthSites(analysis: RunAnalysis): readonly BitWidthSite[] {
  let sites = memo.get(analysis);
  if (!sites) {
    sites = sitesOf(analysis.program, analysis.graph, attributionOf(analysis));
    memo.set(analysis, sites);
  }
  return sites;
}

/** The number behind a quantiser's width, where one number decides it at every execution of the call. */
export function siteOf(analysis: RunAnalysis, { nodes }: QuantizerCost): BitWidthSite | undefined {
  const [first = ""] = nodes;
  const site = bitWidthSites(analysis).find((candidate) => candidate.nodes.includes(first));
  const decided = new Set(site?.nodes);
  return nodes.every((node) => decided.has(node)) ? site : undefined;
}

/** The model's cost with this bit width at 1 to 8 bits. */
export function whatIfBits(
  { graph, cost, baseline }: RunAnalysis,
  site: Pick<BitWidthSite, "nodes" | "value">,
): WhatIf[] {
  return triedBits.map((bits) => {
    const changes = site.nodes.map((node) => ({ kind: "bits", node, bits }) as const);
    const { flavor, discountSparsity } = cost;
    const totals = computeTotals(graph, { flavor, discountSparsity, changes });
    return { bits, totals, score: score(totals, baseline), current: bits === site.value };
  });
}
