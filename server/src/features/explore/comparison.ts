/** The model beside what it was at the last commit, layer by layer. */
import type { CostReport } from "../../../../shared/cost/types.js";
import type { ComparedLayer, CostComparison, CostNumbers } from "../../../../shared/messages.js";
import type { RunAnalysis } from "../../models/model-state.js";
import { sameFooting, type BaseModel } from "../code-lens/score.js";
import { byLayer, changedScore, difference, noCost, scored, sumOf } from "./numbers.js";

/** Layers are matched by name. */
export function compareWithBase(analysis: RunAnalysis, base: BaseModel): CostComparison {
  const { now, before, dense } = sameFooting(analysis, base.analysis);
  const costsNow = byLayer(now.nodes);
  const costsBefore = numbersByName(base.analysis, before);
  const kept = analysis.graph.layers.map(({ index, name, kind }): ComparedLayer => {
    const here = sumOf([index], costsNow);
    const then = costsBefore.get(name);
    return {
      name,
      kind,
      layer: index,
      ...(then && { before: then }),
      now: here,
      difference: difference(here, then ?? noCost),
    };
  });
  const names = new Set(analysis.graph.layers.map(({ name }) => name));
  const gone = base.analysis.graph.layers
    .filter(({ name }) => !names.has(name))
    .map(({ name, kind }): ComparedLayer => {
      const then = costsBefore.get(name) ?? noCost;
      return { name, kind, before: then, difference: difference(noCost, then) };
    });
  const totalBefore = scored(before, base.analysis);
  return {
    label: base.label,
    dense,
    before: totalBefore,
    now: changedScore(scored(now, analysis), totalBefore),
    layers: [...kept, ...gone],
  };
}

function numbersByName({ graph }: RunAnalysis, report: CostReport): ReadonlyMap<string, CostNumbers> {
  const costs = byLayer(report.nodes);
  return new Map(graph.layers.map(({ index, name }) => [name, sumOf([index], costs)]));
}
