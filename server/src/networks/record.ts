/** An ONNX file's graph as the editor shows it. */
import { baselines } from "../../../shared/cost/baselines.js";
import { computeCost } from "../../../shared/cost/cost.js";
import { officialTotals } from "../../../shared/cost/official.js";
import { operationOf } from "../../../shared/cost/operations.js";
import { score } from "../../../shared/cost/score.js";
import type { CostReport, NodeCost } from "../../../shared/cost/types.js";
import { dataTypeName, type CostFlavor } from "../../../shared/graph/datatype.js";
import type { Graph, GraphNode } from "../../../shared/graph/graph.js";
import { prepareForCost, type PreparedGraph } from "../../../shared/graph/prepare.js";
import type {
  NamedTensor,
  NetworkCost,
  NetworkNode,
  NetworkNodeCost,
  NetworkRecord,
} from "../../../shared/network-messages.js";
import type { NetworkOptions } from "./jobs.js";

/** More rows than this nobody reads, and a page would take seconds to show them. */
export const mostNodes = 2000;

const baseline = baselines.itu2021;

interface Costed {
  readonly flavor: CostFlavor;
  readonly prepared: PreparedGraph;
  readonly report: CostReport;
  readonly score: number;
  readonly costs: ReadonlyMap<string, NodeCost>;
}

/** What is known of the file besides its graph. */
export interface FileFacts {
  readonly bytes: number;
  /** What was left out when it was read. */
  readonly notes: readonly string[];
}

/** Costs a graph by both tools. */
export function networkRecord(
  graph: Graph,
  { bytes, notes }: FileFacts,
  { flavor, discountSparsity }: NetworkOptions,
): NetworkRecord {
  const both = {
    "finn-base": costed(graph, "finn-base", discountSparsity),
    qonnx: costed(graph, "qonnx", discountSparsity),
  };
  const { prepared } = both[flavor];
  const tensor = (name: string): NamedTensor => {
    const shape = shapeOf(prepared, name);
    return { name, ...(shape && { shape }), type: typeName(both[flavor], name) };
  };
  return {
    name: graph.name,
    bytes,
    flavor,
    baseline: baseline.name,
    discountSparsity,
    costs: { "finn-base": totalsOf(both["finn-base"]), qonnx: totalsOf(both.qonnx) },
    inputs: graph.inputs.map(tensor),
    outputs: graph.outputs.map(tensor),
    nodes: dearest(both[flavor]).map((node): NetworkNode => {
      const shape = shapeOf(prepared, node.outputs[0] ?? "");
      const costs = { "finn-base": nodeCost(both["finn-base"], node), qonnx: nodeCost(both.qonnx, node) };
      return { name: node.name, operator: node.opType, ...(shape && { outputShape: shape }), costs };
    }),
    nodeCount: prepared.nodes.length,
    notes,
  };
}

function costed(graph: Graph, flavor: CostFlavor, discountSparsity: boolean): Costed {
  const report = computeCost(graph, { flavor, discountSparsity });
  const costs = new Map(report.nodes.map((node) => [node.node, node]));
  return { flavor, prepared: prepareForCost(graph, flavor), report, score: score(report.totals, baseline), costs };
}

/** The nodes in execution order; of too many those with the largest part of the score. */
function dearest({ prepared, costs }: Costed): readonly GraphNode[] {
  if (prepared.nodes.length <= mostNodes) return prepared.nodes;
  const parts = new Map([...costs].map(([name, cost]) => [name, finite(score(cost, baseline))]));
  const part = ({ name }: GraphNode): number => parts.get(name) ?? -1;
  const kept = new Set(prepared.nodes.toSorted((a, b) => part(b) - part(a)).slice(0, mostNodes));
  return prepared.nodes.filter((node) => kept.has(node));
}

function totalsOf({ report, score: total }: Costed): NetworkCost {
  const { macs, bops, memWBits, memOBits } = report.totals;
  const official = Object.entries(officialTotals(report)).map(([key, value]) => [
    key,
    typeof value === "number" ? finite(value) : value,
  ]);
  return {
    total: {
      macs: finite(macs),
      bops: finite(bops),
      memWBits: finite(memWBits),
      memOBits: finite(memOBits),
      score: finite(total),
    },
    unsupported: report.unsupported,
    official: Object.fromEntries(official) as NetworkCost["official"],
  };
}

function nodeCost(costs: Costed, node: GraphNode): NetworkNodeCost {
  const { flavor, prepared, report } = costs;
  const cost = costs.costs.get(node.name);
  const types = {
    inputType: dataTypeName(cost?.inputType ?? typeOf(costs, node.inputs[0] ?? ""), flavor),
    outputType: dataTypeName(cost?.outputType ?? typeOf(costs, node.outputs[0] ?? ""), flavor),
  };
  if (!cost) {
    const price = operationOf(prepared, node, flavor) === "unsupported" ? "unsupported" : "free";
    return { price, ...types, macs: 0, bops: 0, memWBits: 0, memOBits: 0, share: 0 };
  }
  return {
    price: "priced",
    ...types,
    weightType: dataTypeName(cost.weightType, flavor),
    ...(report.discountSparsity && { density: finite(cost.density) }),
    macs: finite(cost.macs),
    bops: finite(cost.bops),
    memWBits: finite(cost.memWBits),
    memOBits: finite(cost.memOBits),
    share: costs.score > 0 ? finite(score(cost, baseline) / costs.score) : 0,
  };
}

function typeOf({ report }: Costed, tensor: string) {
  return report.dataTypes.get(tensor) ?? "FLOAT32";
}

function typeName(costs: Costed, tensor: string): string {
  return dataTypeName(typeOf(costs, tensor), costs.flavor);
}

function shapeOf({ tensors, unfolded }: PreparedGraph, tensor: string): readonly number[] | undefined {
  return tensors.get(tensor)?.shape ?? unfolded.tensors.get(tensor)?.shape;
}

/** A hostile file's shapes may multiply to more than a number can hold, which no message can carry. */
function finite(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(value, Number.MAX_VALUE);
}
