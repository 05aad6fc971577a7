/** From a graph and its cost to what a diagram shows. */
import { score } from "../cost/score.js";
import type { Baseline, CostReport, NodeCost } from "../cost/types.js";
import { formatBits, formatBops, formatMacs, formatScore, formatShape, formatShare } from "../format.js";
import { bitWidth } from "../graph/datatype.js";
import type { Graph, GraphNode } from "../graph/graph.js";
import { prepareForCost } from "../graph/prepare.js";
import { isQuantizing } from "../graph/without-quantizers.js";
import { operationTitle } from "./operation-title.js";
import { printable, shortName } from "./text.js";
import type { Diagram, DiagramEdge, DiagramForm, DiagramNode } from "./types.js";

/** What is to be drawn. The cost must be this graph's: a float form has a cost of its own. */
export interface DescribedGraph {
  readonly graph: Graph;
  readonly cost: CostReport;
  readonly baseline: Baseline;
  readonly form: DiagramForm;
  readonly title: string;
}

interface Context extends DescribedGraph {
  readonly costs: ReadonlyMap<string, NodeCost>;
  readonly total: number;
  readonly largest: number;
}

/**
 * The nodes that data flows through, with the graph's inputs and outputs. What is computed from constants alone (a
 * quantised weight) belongs to the node that reads it.
 */
export function describeGraph(described: DescribedGraph): Diagram {
  const { cost, baseline, form, title } = described;
  const scores = cost.nodes.map((node) => score(node, baseline));
  const total = score(cost.totals, baseline);
  const largest = Math.max(0, ...scores);
  const costs = new Map(cost.nodes.map((node) => [node.node, node]));
  const parts = new Parts({ ...described, costs, total, largest });
  const { bops, memWBits, macs } = cost.totals;
  const totals = [`score ${formatScore(total)}`, formatBops(bops), formatBits(memWBits), formatMacs(macs)];
  return {
    form,
    title: printable(title),
    summary: [form === "float" ? "without quantisers" : "quantised", ...totals].join(" · "),
    nodes: parts.nodes,
    edges: parts.edges,
    largestShare: formatShare(total > 0 ? largest / total : 0),
  };
}

/** Collects nodes and edges in an order in which inputs stand just before their first reader and outputs behind their maker. */
class Parts {
  readonly nodes: DiagramNode[] = [];
  readonly edges: DiagramEdge[] = [];
  /** By tensor, the number of the node that makes it. */
  private readonly makers = new Map<string, number>();
  private readonly prepared: Graph & { readonly unfolded: Graph };

  constructor(private readonly context: Context) {
    const { graph, cost } = context;
    this.prepared = prepareForCost(graph, cost.flavor);
    const inputs = new Set(graph.inputs);
    const outputs = new Set(graph.outputs);
    for (const node of this.prepared.nodes) {
      for (const name of node.inputs) if (inputs.delete(name)) this.addInput(name);
      this.addNode(node);
      for (const name of node.outputs) if (outputs.delete(name)) this.addOutput(name);
    }
    for (const name of inputs) this.addInput(name);
    for (const name of outputs) this.addOutput(name);
  }

  private add(node: Omit<DiagramNode, "id">): number {
    return this.nodes.push({ id: `n${this.nodes.length}`, ...node }) - 1;
  }

  private addInput(name: string): void {
    this.makers.set(name, this.add({ kind: "input", title: "input", ...this.terminal(name, "Input") }));
  }

  private addOutput(name: string): void {
    const index = this.add({ kind: "output", title: "output", ...this.terminal(name, "Output") });
    this.connect(name, index);
  }

  private terminal(name: string, what: string): Pick<DiagramNode, "lines" | "heat" | "description"> {
    const description = `${what} ${printable(name)}: ${this.labelOf(name)}.`;
    return { lines: [shortName(name)], heat: 0, description };
  }

  private addNode(node: GraphNode): void {
    const index = this.add(isQuantizing(this.context.graph, node) ? this.quantizer(node) : this.operation(node));
    for (const name of new Set(node.inputs)) this.connect(name, index);
    for (const name of node.outputs) this.makers.set(name, index);
  }

  private connect(name: string, to: number): void {
    const from = this.makers.get(name);
    if (from !== undefined) this.edges.push({ from, to, label: this.labelOf(name) });
  }

  private quantizer(node: GraphNode): Omit<DiagramNode, "id"> {
    const type = this.context.cost.dataTypes.get(node.outputs[0] ?? "") ?? "FLOAT32";
    const title = type === "FLOAT32" ? `${node.opType}, width not known` : `${node.opType}, ${bitWidth(type)} bit`;
    const description = `${title}: ${printable(node.name)}, to ${type}.`;
    return { kind: "quantizer", title, lines: [shortName(node.name)], heat: 0, description, ...refersTo(node) };
  }

  private operation(node: GraphNode): Omit<DiagramNode, "id"> {
    const { costs, total, largest, baseline, cost: report } = this.context;
    const title = shortName(operationTitle(node, this.shapeOf(node.inputs[0] ?? "")));
    const cost = costs.get(node.name);
    const own = cost ? score(cost, baseline) : 0;
    const details = [
      ...(cost && cost.weightElements > 0 ? [this.weightLine(node, cost)] : []),
      ...(cost ? [priceLine(cost, total > 0 ? own / total : 0)] : []),
      ...(report.unsupported.includes(node.opType) ? ["has no price"] : []),
    ];
    const output = this.labelOf(node.outputs[0] ?? "");
    const heat = largest > 0 ? own / largest : 0;
    const description = `${title}: ${[printable(node.name), `output ${output}`, ...details].join("; ")}.`;
    return {
      kind: "operation",
      title,
      lines: [shortName(node.name), ...details],
      heat,
      description,
      ...refersTo(node),
    };
  }

  private weightLine(node: GraphNode, { weightType, density }: NodeCost): string {
    const shape = this.shapeOf(node.inputs[1] ?? "");
    const parts = [`weight${shape ? ` ${shape.join("×")}` : ""} ${weightType}`];
    if (density < 1) parts.push(`${formatShare(density)} non-zero`);
    return parts.join(" · ");
  }

  private shapeOf(tensor: string): readonly number[] | undefined {
    return this.prepared.tensors.get(tensor)?.shape ?? this.prepared.unfolded.tensors.get(tensor)?.shape;
  }

  private labelOf(tensor: string): string {
    const shape = this.shapeOf(tensor);
    return `${shape ? formatShape(shape) : "?"} ${this.context.cost.dataTypes.get(tensor) ?? "FLOAT32"}`;
  }
}

function refersTo({ name, layer }: GraphNode): Pick<DiagramNode, "node" | "layer"> {
  return { node: name, ...(layer !== undefined && { layer }) };
}

function priceLine({ bops, memWBits }: NodeCost, share: number): string {
  return [formatBops(bops), formatBits(memWBits), formatShare(share)].join(" · ");
}
