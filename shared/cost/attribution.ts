/**
 * Costs attributed to source: each layer's cost counts for every call in its chain of call sites, and for every array
 * element in whose turn it was made, as in a flame graph.
 */
import type { CostFlavor } from "../graph/datatype.js";
import type { CallId, ElementId, Graph, GraphNode } from "../graph/graph.js";
import { graphIndex } from "../graph/graph-index.js";
import { keepsInputType } from "../graph/infer-datatypes.js";
import type { CostReport, NodeCost } from "./types.js";

/** What a place in the source costs. */
export interface SiteCost {
  /** Indices of the layers made there, in execution order. */
  readonly layers: readonly number[];
  /** True when the call is a layer function itself, for at least one of the layers. */
  readonly leaf: boolean;
  readonly bops: number;
  readonly memWBits: number;
  readonly memOBits: number;
  readonly macs: number;
  /** Share of the model's bit-operations, 0..1. */
  readonly share: number;
}

/** What is charged at the width of one quantiser call (`int(6)`). */
export interface QuantizerCost {
  /** Indices of the layers whose weights or inputs have this width, in execution order. */
  readonly layers: readonly number[];
  /** Names of the Quant nodes made by the call. */
  readonly nodes: readonly string[];
  /** Of the multiplications that read what these nodes quantise. */
  readonly bops: number;
  /** Of the weights that these nodes quantise. */
  readonly memWBits: number;
}

export interface Attribution {
  readonly calls: ReadonlyMap<CallId, SiteCost>;
  readonly rows: ReadonlyMap<ElementId, SiteCost>;
  /** By the quantiser's own call; made when first asked for. */
  readonly quantizers: ReadonlyMap<CallId, QuantizerCost>;
}

/** Attributes a report to the source of its graph. Empty for a graph without origins (ONNX, a run without marks). */
export function attribute(report: CostReport, graph: Graph): Attribution {
  const perLayer = new Map<number, NodeCost[]>();
  for (const cost of report.nodes) {
    if (cost.layer !== undefined) append(perLayer, cost.layer, cost);
  }
  const calls = new Map<CallId, Sums>();
  const rows = new Map<ElementId, Sums>();
  for (const { index, origin } of graph.layers) {
    if (!origin) continue;
    const costs = perLayer.get(index) ?? free;
    const leaf = origin.calls.at(-1);
    for (const call of origin.calls) add(calls, call, index, costs, call === leaf);
    for (const row of origin.rows) add(rows, row, index, costs, false);
  }
  const total = report.totals.bops;
  setShares(calls, total);
  setShares(rows, total);
  let quantizers: Attribution["quantizers"] | undefined;
  return {
    calls,
    rows,
    get quantizers() {
      return (quantizers ??= quantizerCosts(report, graph));
    },
  };
}

const free: readonly NodeCost[] = [];

type Sums = { -readonly [Key in Exclude<keyof SiteCost, "layers">]: SiteCost[Key] } & { layers: number[] };

function add(sums: Map<number, Sums>, id: number, layer: number, costs: readonly NodeCost[], leaf: boolean): void {
  let site = sums.get(id);
  if (site === undefined) {
    site = { layers: [], leaf: false, bops: 0, memWBits: 0, memOBits: 0, macs: 0, share: 0 };
    sums.set(id, site);
  }
  // A recursive helper stands in a chain more than once, and still costs a layer once.
  if (site.layers.at(-1) === layer) return;
  site.layers.push(layer);
  site.leaf ||= leaf;
  for (const cost of costs) {
    site.bops += cost.bops;
    site.memWBits += cost.memWBits;
    site.memOBits += cost.memOBits;
    site.macs += cost.macs;
  }
}

function setShares(sums: ReadonlyMap<number, Sums>, total: number): void {
  for (const site of sums.values()) site.share = total === 0 ? 0 : site.bops / total;
}

function quantizerCosts(report: CostReport, graph: Graph): ReadonlyMap<CallId, QuantizerCost> {
  const priced = new Map(report.nodes.map((cost) => [cost.node, cost]));
  const bySite = new Map<CallId, GraphNode[]>();
  for (const node of graph.nodes) {
    const call = node.quantizerOrigin?.calls.at(-1);
    if (call !== undefined) append(bySite, call, node);
  }
  return new Map([...bySite].map(([call, nodes]) => [call, quantizerCost(graph, nodes, priced, report.flavor)]));
}

function quantizerCost(
  graph: Graph,
  quantizers: readonly GraphNode[],
  priced: ReadonlyMap<string, NodeCost>,
  flavor: CostFlavor,
): QuantizerCost {
  const layers = new Set<number>();
  const readers = new Set<NodeCost>();
  let memWBits = 0;
  for (const { node, operand } of quantizers.flatMap((quantizer) => operandsFed(graph, quantizer, flavor))) {
    const cost = priced.get(node.name);
    if (!cost) continue;
    readers.add(cost);
    if (operand === 1) memWBits += cost.memWBits;
    if (cost.layer !== undefined) layers.add(cost.layer);
  }
  return {
    layers: [...layers].sort((a, b) => a - b),
    nodes: quantizers.map(({ name }) => name),
    bops: [...readers].reduce((sum, { bops }) => sum + bops, 0),
    memWBits,
  };
}

/** The nodes that read a quantiser's output as their first or second operand, through ops that keep its type. */
function operandsFed(graph: Graph, quantizer: GraphNode, flavor: CostFlavor) {
  const { consumers } = graphIndex(graph);
  const fed: { readonly node: GraphNode; readonly operand: number }[] = [];
  const seen = new Set<string>();
  const open = [...quantizer.outputs];
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    for (const node of consumers.get(tensor) ?? []) {
      const operand = node.inputs.indexOf(tensor);
      if (operand === 0 && keepsInputType(node, flavor)) open.push(...node.outputs);
      else if (operand <= 1) fed.push({ node, operand });
    }
  }
  return fed;
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
