/** The cost record of a model for panels and the status bar. */
import type { LayerCostRecord, MessageLocation, ModelCostRecord, ModelSummary } from "../../../shared/messages.js";
import { parameterRecords } from "../models/parameters-store.js";
import { layerCost, outputShape } from "../models/layer-costs.js";
import { isFresh, type ModelState, type RunAnalysis, type ShownModel } from "../models/model-state.js";

/** One line about a model; `undefined` while it has never run. */
export function modelSummary({ shown, weightsUri }: ModelState): ModelSummary | undefined {
  if (!shown) return undefined;
  const { definition, cost, score, weights } = shown.analysis;
  const { bops, memWBits, macs } = cost.totals;
  return {
    name: definition.name,
    score,
    bops,
    memWBits,
    macs,
    ...(weights && weightsUri !== undefined && { weights: { uri: weightsUri, stale: weights.state === "stale" } }),
    ...(definition.parameters.length > 0 && { parameters: parameterRecords(definition) }),
    ...(definition.budget && { budget: definition.budget }),
  };
}

/** Every layer with its cost, in execution order; `null` while the model has never run. */
export function modelCost(state: ModelState, uri: string): ModelCostRecord | null {
  const summary = modelSummary(state);
  const { shown } = state;
  if (!summary || !shown) return null;
  const { analysis } = shown;
  return {
    uri,
    fresh: isFresh(state),
    summary,
    layers: analysis.graph.layers.map(({ index }) => layerRecord(shown, index)),
    unsupported: analysis.cost.unsupported,
  };
}

/** Where a layer is called; `undefined` when no source made it, or what made it has been deleted since. */
export function layerLocation({ analysis, sources }: ShownModel, index: number): MessageLocation | undefined {
  const call = analysis.program.calls.get(analysis.graph.layers[index]?.origin?.calls.at(-1) ?? -1);
  return call && sources.locationOf(call);
}

function layerRecord(shown: ShownModel, index: number): LayerCostRecord {
  const { analysis } = shown;
  const layer = analysis.graph.layers[index];
  const cost = layerCost(analysis, index);
  const [node] = cost.nodes;
  const shape = outputShape(analysis, index);
  const location = layerLocation(shown, index);
  return {
    name: layer?.name ?? "",
    kind: layer?.kind ?? "",
    ...(shape && { outputShape: shape }),
    macs: cost.macs,
    bops: cost.bops,
    memWBits: cost.memWBits,
    memOBits: cost.memOBits,
    share: share(analysis, cost.bops),
    density: node?.density ?? 1,
    ...(node && { inputType: node.inputType, weightType: node.weightType, outputType: node.outputType }),
    ...(location && { location }),
  };
}

function share({ cost }: RunAnalysis, bops: number): number {
  return cost.totals.bops === 0 ? 0 : bops / cost.totals.bops;
}
