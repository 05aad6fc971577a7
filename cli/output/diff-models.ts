/** Two costed models, layer by layer. */
import type { CostTotals } from "../../shared/cost/types.js";
import { layerCosts, type CostedModel, type LayerCost } from "../../shared/analysis/cost-layers.js";

/** The part of a cost that is compared. */
export type Amounts = Pick<CostTotals, "macs" | "bops" | "memWBits">;

/** A layer of either model; `before` or `after` is absent where it was added or removed. */
export interface LayerChange {
  readonly name: string;
  readonly before?: Amounts;
  readonly after?: Amounts;
  /** What it adds to the score, after minus before. */
  readonly score: number;
}

export interface ModelDifference {
  readonly before: CostedModel;
  readonly after: CostedModel;
  /** Layers whose cost differs, in the order of the model after; removed ones at the end. */
  readonly changed: readonly LayerChange[];
  readonly unchanged: number;
}

/** Compares layers of the same name. The baseline of the score is the model's after. */
export function diffModels(before: CostedModel, after: CostedModel): ModelDifference {
  const old = new Map(layerCosts(before).map((layer) => [layer.name, layer]));
  const current = new Map(layerCosts(after).map((layer) => [layer.name, layer]));
  const names = new Set([...current.keys(), ...old.keys()]);
  const layers = [...names].map((name) => layerChange(name, { before, after }, old.get(name), current.get(name)));
  const changed = layers.filter((layer) => !isSame(layer));
  return { before, after, changed, unchanged: layers.length - changed.length };
}

function layerChange(
  name: string,
  models: { readonly before: CostedModel; readonly after: CostedModel },
  before: LayerCost | undefined,
  after: LayerCost | undefined,
): LayerChange {
  const score = (layer: LayerCost | undefined, model: CostedModel) => (layer?.shareOfScore ?? 0) * model.score;
  return {
    name,
    ...(before && { before: amounts(before) }),
    ...(after && { after: amounts(after) }),
    score: score(after, models.after) - score(before, models.before),
  };
}

function amounts({ node: { macs, bops, memWBits } }: LayerCost): Amounts {
  return { macs, bops, memWBits };
}

function isSame({ before, after }: LayerChange): boolean {
  return before?.macs === after?.macs && before?.bops === after?.bops && before?.memWBits === after?.memWBits;
}
