/** Sums, differences and shares of costs. */
import { score } from "../../../../shared/cost/score.js";
import type { CostReport, NodeCost } from "../../../../shared/cost/types.js";
import type { Changed, CostNumbers, ScoredCost } from "../../../../shared/messages.js";
import type { RunAnalysis } from "../../models/model-state.js";

export const noCost: CostNumbers = { macs: 0, bops: 0, memWBits: 0, memOBits: 0 };

/** Costed nodes by the layer that they belong to. */
export type CostsByLayer = ReadonlyMap<number, readonly NodeCost[]>;

export function byLayer(nodes: readonly NodeCost[]): CostsByLayer {
  const layers = new Map<number, NodeCost[]>();
  for (const node of nodes) {
    if (node.layer === undefined) continue;
    const known = layers.get(node.layer);
    if (known) known.push(node);
    else layers.set(node.layer, [node]);
  }
  return layers;
}

export function sumOf(layers: readonly number[], costs: CostsByLayer): CostNumbers {
  const sum = { macs: 0, bops: 0, memWBits: 0, memOBits: 0 };
  for (const layer of layers) {
    for (const { macs, bops, memWBits, memOBits } of costs.get(layer) ?? []) {
      sum.macs += macs;
      sum.bops += bops;
      sum.memWBits += memWBits;
      sum.memOBits += memOBits;
    }
  }
  return sum;
}

/** Share of weights that are not zero, over all weights of these layers; `undefined` where there are none. */
export function densityOf(layers: readonly number[], costs: CostsByLayer): number | undefined {
  let elements = 0;
  let nonZero = 0;
  for (const layer of layers) {
    for (const { hasWeightKey, denseWeightElements, density } of costs.get(layer) ?? []) {
      if (!hasWeightKey) continue;
      elements += denseWeightElements;
      nonZero += density * denseWeightElements;
    }
  }
  return elements === 0 ? undefined : nonZero / elements;
}

/** The totals of a report with their score. */
export function scored({ totals }: CostReport, { baseline }: Pick<RunAnalysis, "baseline">): ScoredCost {
  const { macs, bops, memWBits, memOBits } = totals;
  return { macs, bops, memWBits, memOBits, score: score(totals, baseline) };
}

export function changed(value: CostNumbers, before: CostNumbers): Changed<CostNumbers> {
  return { value, difference: difference(value, before) };
}

export function changedScore(value: ScoredCost, before: ScoredCost): Changed<ScoredCost> {
  return { value, difference: { ...difference(value, before), score: value.score - before.score } };
}

export function difference(value: CostNumbers, before: CostNumbers): CostNumbers {
  return {
    macs: value.macs - before.macs,
    bops: value.bops - before.bops,
    memWBits: value.memWBits - before.memWBits,
    memOBits: value.memOBits - before.memOBits,
  };
}

/** Shares of a whole; of a whole that costs nothing there are none. */
export function shareOf(part: CostNumbers, whole: CostNumbers): CostNumbers {
  const share = (amount: number, of: number): number => (of === 0 ? 0 : amount / of);
  return {
    macs: share(part.macs, whole.macs),
    bops: share(part.bops, whole.bops),
    memWBits: share(part.memWBits, whole.memWBits),
    memOBits: share(part.memOBits, whole.memOBits),
  };
}
