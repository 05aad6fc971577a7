/** How a node's numbers come about, with the numbers in it. */
import type { NodeCost } from "../../../shared/cost/types.js";
import { formatCount } from "../../../shared/format.js";
import { bitWidth } from "../../../shared/graph/datatype.js";
import type { Graph, Shape } from "../../../shared/graph/graph.js";
import { graphIndex } from "../../../shared/graph/graph-index.js";

/** One line each for MACs, bit-operations and weight memory; lines that would say 0 are left out. */
export function costFormulas(graph: Graph, cost: NodeCost): string[] {
  const lines = [`MACs = ${macFormula(graph, cost)}`];
  const zeros = discount(cost);
  if (cost.macs > 0) {
    const widths = `${bitWidth(cost.inputType)} b × ${bitWidth(cost.weightType)} b`;
    lines.push(`bit-ops = ${formatCount(cost.denseMacs)}${zeros} × ${widths} = ${formatCount(cost.bops)}`);
  }
  if (cost.denseWeightElements > 0) {
    const elements = formatCount(cost.denseWeightElements);
    lines.push(`weights = ${elements}${zeros} × ${bitWidth(cost.weightType)} b = ${formatCount(cost.memWBits)} b`);
  }
  return lines;
}

/** The share of non-zero weights as a fraction of counts, so that the products are exact. */
function discount(cost: NodeCost): string {
  if (cost.density === 1) return "";
  const nonZero = cost.density * cost.denseWeightElements;
  return ` × ${formatCount(nonZero)}/${formatCount(cost.denseWeightElements)} non-zero`;
}

function macFormula(graph: Graph, cost: NodeCost): string {
  const factors = macFactors(graph, cost);
  const product = factors.reduce((all, { value }) => all * value, 1);
  const total = formatCount(cost.denseMacs);
  // A product that does not explain the number (an op with its own formula) would mislead.
  if (factors.length === 0 || product !== cost.denseMacs) return total;
  const names = factors.map(({ name }) => name).join(" × ");
  return `${names} = ${factors.map(({ value }) => formatCount(value)).join(" × ")} = ${total}`;
}

interface Factor {
  readonly name: string;
  readonly value: number;
}

function macFactors(graph: Graph, cost: NodeCost): Factor[] {
  const node = graphIndex(graph).nodes.get(cost.node);
  const weight = graph.tensors.get(node?.inputs[1] ?? "")?.shape;
  const { inputShape, outputShape } = cost;
  switch (cost.opType) {
    case "Conv": {
      if (!weight) return [];
      const [outChannels = 1, inChannels = 1, ...kernel] = weight;
      return [
        ...batch(inputShape),
        { name: "C_out", value: outChannels },
        { name: "C_in/groups", value: inChannels },
        { name: "kernel", value: product(kernel) },
        { name: "positions", value: product(outputShape.slice(2)) },
      ];
    }
    case "Gemm":
    case "MatMul": {
      const inputs = inputShape.at(-1) ?? 1;
      const outputs = outputShape.at(-1) ?? 1;
      const rows = product(outputShape.slice(0, -1));
      return [
        ...(rows === 1 ? [] : [{ name: "rows", value: rows }]),
        { name: "inputs", value: inputs },
        { name: "outputs", value: outputs },
      ];
    }
    default:
      return [];
  }
}

function batch(inputShape: Shape): Factor[] {
  const [size = 1] = inputShape;
  return size === 1 ? [] : [{ name: "N", value: size }];
}

function product(shape: Shape): number {
  return shape.reduce((all, dimension) => all * dimension, 1);
}
