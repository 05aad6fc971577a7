/**
 * The dictionaries that the official tools print, key by key.
 *
 * finn-base returns one flat dictionary. qonnx nests: `total_cost` and, with a breakdown, `optype_cost` and
 * `node_cost`, each with totals of MACs and elements too. Source: `util/inference_cost.py` of both.
 */
import { dataTypeName, type CostFlavor } from "../graph/datatype.js";
import type { CostReport, NodeCost } from "./types.js";

type Amounts = Record<string, number>;

/** The dictionary of the report's own flavour. finn-base has no breakdown. Keys are sorted, as the tools write them. */
export function officialDictionary(report: CostReport, breakdown: boolean): Record<string, unknown> {
  const { flavor, nodes } = report;
  const total = officialTotals(report);
  if (flavor === "finn-base") return total;
  if (!breakdown) return { total_cost: total };
  const entries = [...new Set(nodes.map((node) => node.opType))].map((opType) => {
    const group = nodes.filter((node) => node.opType === opType);
    return [opType, sorted(amountsOf(group, flavor))] as const;
  });
  return {
    node_cost: Object.fromEntries(nodes.map((node) => [node.officialName, sorted(amountsOf([node], flavor))])),
    optype_cost: Object.fromEntries(entries),
    total_cost: total,
  };
}

/** The totals alone, without qonnx's nesting. */
export function officialTotals({ nodes, flavor, ...report }: CostReport): Record<string, number | string | boolean> {
  return sorted<number | string | boolean>({
    ...amountsOf(nodes, flavor),
    discount_sparsity: report.discountSparsity,
    unsupported: pythonSet(report.unsupported),
  });
}

function amountsOf(nodes: readonly NodeCost[], flavor: CostFlavor): Amounts {
  const amounts: Amounts = { total_bops: 0, total_mem_w_bits: 0, total_mem_o_bits: 0 };
  const add = (key: string, amount: number) => (amounts[key] = (amounts[key] ?? 0) + amount);
  if (flavor === "qonnx") Object.assign(amounts, { total_macs: 0, total_mem_w_elems: 0, total_mem_o_elems: 0 });
  for (const node of nodes) {
    const weight = dataTypeName(node.weightType, flavor);
    add(`op_mac_${dataTypeName(node.inputType, flavor)}_${weight}`, node.macs);
    if (node.hasWeightKey) add(`mem_w_${weight}`, node.weightElements);
    add(`mem_o_${dataTypeName(node.outputType, flavor)}`, node.outputElements);
    add("total_bops", node.bops);
    add("total_mem_w_bits", node.memWBits);
    add("total_mem_o_bits", node.memOBits);
    if (flavor === "finn-base") continue;
    add("total_macs", node.macs);
    add("total_mem_w_elems", node.weightElements);
    add("total_mem_o_elems", node.outputElements);
  }
  return amounts;
}

/** A set of names as Python prints it: `set()`, `{'GlobalMaxPool'}`. */
function pythonSet(names: readonly string[]): string {
  return names.length === 0 ? "set()" : `{${names.map((name) => `'${name}'`).join(", ")}}`;
}

function sorted<Value>(dictionary: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(dictionary).sort(([a], [b]) => (a < b ? -1 : 1)));
}
