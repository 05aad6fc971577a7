/** What-ifs in terms of quantisers: this width instead, and which width is best made smaller first. */
import { bitWidth } from "../graph/datatype.js";
import type { CallId, Graph } from "../graph/graph.js";
import { graphIndex } from "../graph/graph-index.js";
import type { Attribution } from "./attribution.js";
import { computeCost, computeTotals } from "./cost.js";
import { score } from "./score.js";
import type { Baseline, CostChange, CostOptions, CostReport } from "./types.js";

/** The cost with these Quant nodes (by name) at another width; everything else as `options` says. */
export function whatIfBits(
  graph: Graph,
  options: CostOptions,
  quantNodes: readonly string[],
  bits: number,
): CostReport {
  return computeCost(graph, withBits(options, quantNodes, bits));
}

/** One quantiser call, one bit less. */
export interface Move {
  readonly call: CallId;
  /** Bits now, and after the move. */
  readonly from: number;
  readonly to: number;
  /** Number of layers whose weights or inputs get smaller. */
  readonly layers: number;
  /** Names of the Quant nodes. */
  readonly nodes: readonly string[];
  /** The model's score after the move, and the (negative) difference. */
  readonly score: number;
  readonly delta: number;
}

/**
 * The quantiser call that lowers the score most when it gets one bit less; `undefined` when none does. Calls at 1 bit,
 * and calls that make different widths, are left out.
 */
export function cheapestMove(
  graph: Graph,
  options: CostOptions,
  baseline: Baseline,
  attribution: Pick<Attribution, "quantizers">,
): Move | undefined {
  const { totals, dataTypes } = computeCost(graph, options);
  const before = score(totals, baseline);
  let best: Move | undefined;
  for (const [call, { nodes, layers }] of attribution.quantizers) {
    const from = widthOf(graph, dataTypes, nodes);
    if (from === undefined || from <= 1 || layers.length === 0) continue;
    const after = score(computeTotals(graph, withBits(options, nodes, from - 1)), baseline);
    const delta = after - before;
    if (delta < (best?.delta ?? 0))
      best = { call, from, to: from - 1, layers: layers.length, nodes, score: after, delta };
  }
  return best;
}

function withBits(options: CostOptions, quantNodes: readonly string[], bits: number): CostOptions {
  const changes = quantNodes.map((node): CostChange => ({ kind: "bits", node, bits }));
  return { ...options, changes: [...(options.changes ?? []), ...changes] };
}

/** The width that all these quantisers have; `undefined` when they differ or one gives no integers. */
function widthOf(graph: Graph, dataTypes: CostReport["dataTypes"], quantNodes: readonly string[]): number | undefined {
  const widths = widthsOf(graph, dataTypes, quantNodes);
  return widths.length === 1 ? widths[0] : undefined;
}

/** The different widths that these Quant nodes (by name) have, smallest first; `undefined`, the last, is one without integers. */
export function widthsOf(
  graph: Graph,
  dataTypes: CostReport["dataTypes"],
  quantNodes: readonly string[],
): readonly (number | undefined)[] {
  const { nodes } = graphIndex(graph);
  const widths = quantNodes.map((name) => {
    const dataType = dataTypes.get(nodes.get(name)?.outputs[0] ?? "") ?? "FLOAT32";
    return dataType === "FLOAT32" ? undefined : bitWidth(dataType);
  });
  return [...new Set(widths)].sort((one = Infinity, other = Infinity) => one - other);
}
