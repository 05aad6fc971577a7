/** What the network in a session costs by the official functions: its weights quantised, pruned ones zero. */
import { computeCost } from "../../../shared/cost/cost.js";
import { score } from "../../../shared/cost/score.js";
import type { CostReport } from "../../../shared/cost/types.js";
import type { CostFlavor } from "../../../shared/graph/datatype.js";
import { quantizedZeros } from "../../../shared/graph/density.js";
import type { Graph } from "../../../shared/graph/graph.js";
import { applyWeights } from "../../../shared/weights/apply.js";
import { macWeights } from "../../../shared/weights/mac-weights.js";
import type { Session } from "../backend.js";
import type { LayerDensity, NetworkCost, Price } from "../events/events.js";
import { programWeights, type TrainedParameters } from "../lower/program-weights.js";
import type { TrainableModel } from "../model.js";
import type { Masks, PrunableWeight } from "../prune/masks.js";

type CostedModel = Pick<TrainableModel, "graph" | "baseline">;

/** Cost in both flavours and density of every layer that has weights. */
export function measureNetwork(model: CostedModel, session: Session): NetworkCost {
  const graph = withWeights(model, session, session.masks);
  const report = costOf(graph, "finn-base");
  const layers = layerDensities(graph, report);
  const weights = layers.reduce((sum, layer) => sum + layer.weights, 0);
  const nonZero = layers.reduce((sum, layer) => sum + layer.nonZero, 0);
  return {
    cost: { "finn-base": priceOf(model, report), qonnx: priceOf(model, costOf(graph, "qonnx")) },
    weights,
    nonZero,
    density: weights === 0 ? 1 : nonZero / weights,
    layers,
  };
}

/** The score with other masks. */
export function scoreWith(model: CostedModel, session: Session, masks: Masks, flavor: CostFlavor): number {
  return priceOf(model, costOf(withWeights(model, session, masks), flavor)).score;
}

/** The weights that can be pruned: those of convolutions and matrix products, as the network computes with them. */
export function prunableWeights(model: CostedModel, session: Session, flavor: CostFlavor): readonly PrunableWeight[] {
  const savings = savingsPerWeight(model, flavor);
  const graph = withWeights(model, session, session.masks);
  const placed = new Map(macWeights(graph).map((weight) => [weight.tensor.name, weight]));
  return programWeights(session).entries.map(({ name }) => {
    const mask = session.masks.get(name);
    const stored = session.parameters.get(name) ?? new Float32Array(0);
    const values = stored.map((value, index) => (mask?.[index] === 0 ? 0 : value));
    const weight = placed.get(name);
    const isFree = weight ? quantizedZeros(graph, weight.tensor, weight.quantizer) : new Uint8Array(values.length);
    return { name, values, saving: savings.get(name) ?? 0, isFree };
  });
}

/** What one weight less takes off the score, by the name of the weight; a weight of several layers saves in each. */
function savingsPerWeight({ graph, baseline }: CostedModel, flavor: CostFlavor): ReadonlyMap<string, number> {
  const nodes = new Map(
    computeCost(graph, { flavor, discountSparsity: false }).nodes.map((node) => [node.node, node] as const),
  );
  const savings = new Map<string, number>();
  for (const { node, tensor } of macWeights(graph)) {
    const cost = nodes.get(node.name);
    if (cost === undefined || cost.denseWeightElements === 0) continue;
    const saving = score(cost, baseline) / cost.denseWeightElements;
    savings.set(tensor.name, (savings.get(tensor.name) ?? 0) + saving);
  }
  return savings;
}

/** The model's graph with trained weights in it, pruned ones zero: what the official functions cost. */
export function weightedGraph({ graph }: Pick<CostedModel, "graph">, trained: TrainedParameters): Graph {
  const { value, mismatches } = applyWeights(graph, programWeights(trained));
  if (mismatches[0] !== undefined) throw new Error(mismatches[0]);
  return value;
}

function withWeights(model: CostedModel, { program, parameters }: Session, masks: Masks): Graph {
  return weightedGraph(model, { program, parameters, masks });
}

function costOf(graph: Graph, flavor: CostFlavor): CostReport {
  return computeCost(graph, { flavor, discountSparsity: true });
}

function priceOf({ baseline }: CostedModel, { totals }: CostReport): Price {
  return { score: score(totals, baseline), bops: totals.bops, memWBits: totals.memWBits };
}

function layerDensities(graph: Graph, report: CostReport): LayerDensity[] {
  return report.nodes.flatMap(({ node, layer, denseWeightElements, weightElements, density }) =>
    denseWeightElements === 0
      ? []
      : [
          {
            layer: (layer === undefined ? undefined : graph.layers[layer]?.name) ?? node,
            weights: denseWeightElements,
            nonZero: weightElements,
            density,
          },
        ],
  );
}
