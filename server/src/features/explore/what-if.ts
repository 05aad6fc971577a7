/** A what-if of the cost explorer in terms of the engine. */
import { computeCost } from "../../../../shared/cost/cost.js";
import type { CostChange, CostReport } from "../../../../shared/cost/types.js";
import type { WhatIf } from "../../../../shared/messages.js";
import type { ModelState, RunAnalysis, ShownModel } from "../../models/model-state.js";
import type { Part } from "./nodes.js";
import { byLayer } from "./numbers.js";
import { namedWidths } from "./widths.js";

/** The cost with the differences that still have a place in the model; `undefined` when none has. */
export function whatIfReport(
  state: ModelState,
  shown: ShownModel,
  trees: readonly Part[],
  whatIf: WhatIf | undefined,
): CostReport | undefined {
  if (!whatIf) return undefined;
  const { analysis } = shown;
  const densities = state.config.discountSparsity ? densityChanges(analysis, trees, whatIf.densities) : [];
  const changes = [...bitChanges(shown, whatIf.bits), ...densities];
  if (changes.length === 0) return undefined;
  // Without weights the report is dense; a density that is asked for counts all the same.
  const discountSparsity = analysis.cost.discountSparsity || densities.length > 0;
  return computeCost(analysis.graph, { flavor: analysis.cost.flavor, discountSparsity, changes });
}

function bitChanges(shown: ShownModel, bits: WhatIf["bits"]): CostChange[] {
  return namedWidths(shown).flatMap(({ id, bits: now, site }): CostChange[] => {
    const wanted = Object.hasOwn(bits, id) ? bits[id] : undefined;
    if (wanted === undefined || wanted === now || !Number.isInteger(wanted) || wanted < 1) return [];
    return site.nodes.map((node) => ({ kind: "bits", node, bits: wanted }));
  });
}

/** Outer parts first: of two changes of one node the later counts. */
function densityChanges(analysis: RunAnalysis, trees: readonly Part[], densities: WhatIf["densities"]): CostChange[] {
  const costs = byLayer(analysis.cost.nodes);
  const changes = new Map<string, CostChange>();
  const visit = ({ id, layers, children }: Part): void => {
    const density = Object.hasOwn(densities, id) ? densities[id] : undefined;
    if (density !== undefined && density >= 0 && density <= 1) {
      for (const { node, hasWeightKey } of layers.flatMap((layer) => costs.get(layer) ?? [])) {
        if (hasWeightKey) changes.set(node, { kind: "density", node, density });
      }
    }
    children.forEach(visit);
  };
  trees.forEach(visit);
  return [...changes.values()];
}
