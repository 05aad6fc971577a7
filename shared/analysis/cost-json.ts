/** The official dictionary, with what QuantLens adds under one key of its own. */
import { officialDictionary } from "../cost/official.js";
import { layerCosts, type CostedModel } from "./cost-layers.js";

/**
 * The dictionary of one model; of `several` an object of dictionaries by file.
 * `breakdown`: qonnx's costs per op type and per node as well.
 */
export function costJson(
  models: readonly CostedModel[],
  { several, breakdown }: { readonly several: boolean; readonly breakdown: boolean },
): string {
  const entries = models.map((model) => [model.file, dictionary(model, breakdown)] as const);
  return JSON.stringify(several ? Object.fromEntries(entries) : entries[0]?.[1], undefined, 2);
}

function dictionary(model: CostedModel, breakdown: boolean): Record<string, unknown> {
  return { ...officialDictionary(model.cost, breakdown), quantlens: addition(model) };
}

function addition(model: CostedModel): Record<string, unknown> {
  const { file, graph, cost, baseline, score, weights } = model;
  return {
    file,
    model: graph.name,
    flavor: cost.flavor,
    score,
    baseline,
    weights: weights ?? null,
    layers: layerCosts(model).map(({ name, node, ...shares }) => ({
      name,
      node: node.officialName,
      operator: node.opType,
      inputType: node.inputType,
      weightType: node.weightType,
      density: node.density,
      macs: node.macs,
      bops: node.bops,
      memWBits: node.memWBits,
      memOBits: node.memOBits,
      ...shares,
    })),
  };
}
