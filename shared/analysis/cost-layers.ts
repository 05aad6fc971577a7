/** A costed model as tables, dictionaries and comparisons show it. */
import { score } from "../cost/score.js";
import type { Baseline, CostReport, NodeCost } from "../cost/types.js";
import type { Graph } from "../graph/graph.js";
import type { WeightsState } from "./types.js";

export interface CostedModel {
  /** As shown to the user. */
  readonly file: string;
  readonly graph: Graph;
  readonly cost: CostReport;
  readonly baseline: Baseline;
  readonly score: number;
  readonly weights?: WeightsState;
  /** What is wrong in the model file so that a guess stands in for it, in sentences: the cost is that of the guesses. */
  readonly guesses?: readonly string[];
}

/** A node with a price, and its part of the whole. */
export interface LayerCost {
  /** Stable name of the layer; of an ONNX file the node's name. */
  readonly name: string;
  readonly node: NodeCost;
  readonly shareOfBops: number;
  readonly shareOfMemWBits: number;
  readonly shareOfScore: number;
}

/** The nodes that the cost tools price, in execution order. */
export function layerCosts({ graph, cost, baseline, score: total }: CostedModel): LayerCost[] {
  return cost.nodes.map((node) => ({
    name: (node.layer === undefined ? undefined : graph.layers[node.layer]?.name) ?? node.node,
    node,
    shareOfBops: share(node.bops, cost.totals.bops),
    shareOfMemWBits: share(node.memWBits, cost.totals.memWBits),
    shareOfScore: share(score(node, baseline), total),
  }));
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
