/** Costs per executed layer, and sums over sets of layers. */
import type { NodeCost } from "../../../shared/cost/types.js";
import type { Shape } from "../../../shared/graph/graph.js";
import type { RunAnalysis } from "./model-state.js";

export interface CostSum {
  readonly macs: number;
  readonly bops: number;
  readonly memWBits: number;
  readonly memOBits: number;
}

/** What one executed layer costs: the sum over its costed nodes (normally one). */
export interface LayerCost extends CostSum {
  readonly nodes: readonly NodeCost[];
}

const free: LayerCost = { nodes: [], macs: 0, bops: 0, memWBits: 0, memOBits: 0 };
const memo = new WeakMap<RunAnalysis, ReadonlyMap<number, LayerCost>>();

/** By index into `graph.layers`; layers without costed nodes are left out. */
export function layerCosts(analysis: RunAnalysis): ReadonlyMap<number, LayerCost> {
  let costs = memo.get(analysis);
  if (!costs) {
    costs = collect(analysis.cost.nodes);
    memo.set(analysis, costs);
  }
  return costs;
}

/** Zero for a layer without costed nodes. */
export function layerCost(analysis: RunAnalysis, layer: number): LayerCost {
  return layerCosts(analysis).get(layer) ?? free;
}

/** Sum over layers, each counted once. */
export function sumOfLayers(analysis: RunAnalysis, layers: Iterable<number>): CostSum {
  const [first, ...others] = new Set(layers);
  if (first === undefined) return free;
  return others.reduce((sum: CostSum, layer) => plus(sum, layerCost(analysis, layer)), layerCost(analysis, first));
}

/** Shape of a layer's output, when it is known. */
export function outputShape(analysis: RunAnalysis, layer: number): Shape | undefined {
  const output = analysis.graph.layers[layer]?.output;
  return output === undefined ? undefined : analysis.graph.tensors.get(output)?.shape;
}

function collect(nodes: readonly NodeCost[]): ReadonlyMap<number, LayerCost> {
  const costs = new Map<number, LayerCost>();
  for (const node of nodes) {
    if (node.layer === undefined) continue;
    const before = costs.get(node.layer);
    // Nearly every layer has one costed node.
    const sum = before ? plus(before, node) : node;
    const nodes = before ? [...before.nodes, node] : [node];
    const { macs, bops, memWBits, memOBits } = sum;
    costs.set(node.layer, { nodes, macs, bops, memWBits, memOBits });
  }
  return costs;
}

function plus(a: CostSum, b: CostSum): CostSum {
  return {
    macs: a.macs + b.macs,
    bops: a.bops + b.bops,
    memWBits: a.memWBits + b.memWBits,
    memOBits: a.memOBits + b.memOBits,
  };
}
