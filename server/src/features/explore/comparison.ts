/** The model beside what it was at the last commit, layer by layer. */
import { score } from "../../../../shared/cost/score.js";
import type { CostReport } from "../../../../shared/cost/types.js";
import type { ComparedLayer, CostComparison, CostNumbers, ScoredCost } from "../../../../shared/messages.js";
import type { RunAnalysis } from "../../models/model-state.js";
import { sameFooting, type BaseModel } from "../code-lens/score.js";
import { byLayer, sumOf } from "./nodes.js";

/** Layers are matched by name. */
export function compareWithBase(analysis: RunAnalysis, base: BaseModel): CostComparison {
  const { now, before, dense } = sameFooting(analysis, base.analysis);
  const [costsNow, costsBefore] = [layerNumbers(analysis, now), layerNumbers(base.analysis, before)];
  const kept = analysis.graph.layers.map(({ index, name, kind }): ComparedLayer => {
    const [here, then] = [costsNow.get(name), costsBefore.get(name)];
    return { name, kind, layer: index, ...(here && { now: here }), ...(then && { before: then }) };
  });
  const names = new Set(analysis.graph.layers.map(({ name }) => name));
  const gone = base.analysis.graph.layers
    .filter(({ name }) => !names.has(name))
    .map(({ name, kind }): ComparedLayer => {
      const then = costsBefore.get(name);
      return { name, kind, ...(then && { before: then }) };
    });
  return {
    label: base.label,
    dense,
    before: scored(before, base.analysis),
    now: scored(now, analysis),
    layers: [...kept, ...gone],
  };
}

export function scored({ totals }: CostReport, { baseline }: Pick<RunAnalysis, "baseline">): ScoredCost {
  const { macs, bops, memWBits, memOBits } = totals;
  return { macs, bops, memWBits, memOBits, score: score(totals, baseline) };
}

function layerNumbers({ graph }: RunAnalysis, report: CostReport): ReadonlyMap<string, CostNumbers> {
  const costs = byLayer(report.nodes);
  return new Map(graph.layers.map(({ index, name }) => [name, sumOf([index], costs)]));
}
