/** From a graph to what its drawing shows. The layout and its library are apart, in `draw.ts`. */
import { computeCost } from "../cost/cost.js";
import type { Baseline, CostOptions } from "../cost/types.js";
import type { Graph } from "../graph/graph.js";
import { withoutQuantizers } from "../graph/without-quantizers.js";
import { describeGraph } from "./describe.js";
import type { Diagram, DiagramForm } from "./types.js";

/** More nodes than this are no drawing that anybody could read, and would take minutes. */
export const mostDiagramNodes = 20_000;

export interface DiagramOptions extends CostOptions {
  readonly form: DiagramForm;
  readonly title: string;
  readonly baseline: Baseline;
}

export interface DiagramResult {
  readonly value: Diagram | undefined;
  /** One sentence when there is no drawing. */
  readonly problem?: string;
}

/** What is to be drawn of a graph, in one of its two forms, each with its own cost. */
export function diagramOf(graph: Graph, { form, title, baseline, ...costOptions }: DiagramOptions): DiagramResult {
  if (graph.nodes.length > mostDiagramNodes) {
    const problem = `The graph has ${graph.nodes.length} nodes, and at most ${mostDiagramNodes} can be drawn: look at its table instead.`;
    return { value: undefined, problem };
  }
  const drawn = form === "float" ? withoutQuantizers(graph) : graph;
  return { value: describeGraph({ graph: drawn, cost: computeCost(drawn, costOptions), baseline, form, title }) };
}
