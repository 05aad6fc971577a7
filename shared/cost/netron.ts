/**
 * Costs as an attachment for Netron: open the `.onnx` file, then this JSON, and the numbers stand in the sidebar.
 *
 * Format: lutzroeder/netron, `source/metadata.js`: a signature and lists of entries by kind ("node", "model") and
 * target (the node's name; empty for the model).
 */
import type { Graph } from "../graph/graph.js";
import { graphIndex } from "../graph/graph-index.js";
import type { CostReport, NodeCost } from "./types.js";

export interface NetronEntry {
  readonly kind: "model" | "node";
  readonly target: string;
  readonly name: string;
  readonly value: number | string;
  /** How Netron shows the value. */
  readonly type?: "percentage";
}

export interface NetronAttachment {
  readonly signature: "netron:attachment";
  readonly metadata: readonly NetronEntry[];
  readonly metrics: readonly NetronEntry[];
}

/** The attachment for a report of this graph. Types go to the metadata, amounts to the metrics. */
export function netronAttachment(report: CostReport, graph: Graph): NetronAttachment {
  const { flavor, discountSparsity, totals, unsupported } = report;
  const { nodes } = graphIndex(graph);
  const shown = report.nodes.filter(({ node }) => nodes.has(node));
  return {
    signature: "netron:attachment",
    metadata: [
      entry("cost flavor", flavor),
      entry("sparsity discount", discountSparsity ? "yes" : "no"),
      entry("unsupported ops", unsupported.length === 0 ? "none" : unsupported.join(", ")),
      ...shown.flatMap(typeEntries),
    ],
    metrics: [
      entry("bit-operations", totals.bops),
      entry("weight bits", totals.memWBits),
      entry("output bits", totals.memOBits),
      entry("MACs", totals.macs),
      ...shown.flatMap((cost) => amountEntries(cost, totals.bops)),
    ],
  };
}

function entry(name: string, value: number | string): NetronEntry {
  return { kind: "model", target: "", name, value };
}

function typeEntries(cost: NodeCost): NetronEntry[] {
  const target = targetOf(cost);
  return [
    { kind: "node", target, name: "input type", value: cost.inputType },
    { kind: "node", target, name: "weight type", value: cost.weightType },
    { kind: "node", target, name: "output type", value: cost.outputType },
  ];
}

function amountEntries(cost: NodeCost, total: number): NetronEntry[] {
  const target = targetOf(cost);
  return [
    { kind: "node", target, name: "bit-operations", value: cost.bops },
    { kind: "node", target, name: "share", value: total === 0 ? 0 : cost.bops / total, type: "percentage" },
    { kind: "node", target, name: "weight bits", value: cost.memWBits },
    { kind: "node", target, name: "output bits", value: cost.memOBits },
    { kind: "node", target, name: "MACs", value: cost.macs },
    { kind: "node", target, name: "density", value: cost.density, type: "percentage" },
  ];
}

/** Netron looks a node up by the first line of its name. */
function targetOf({ node }: NodeCost): string {
  return node.split("\n", 1)[0] ?? node;
}
