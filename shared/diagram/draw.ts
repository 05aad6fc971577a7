/** From a graph to its drawing. */
import { computeCost } from "../cost/cost.js";
import type { Baseline, CostOptions } from "../cost/types.js";
import type { Graph } from "../graph/graph.js";
import { withoutQuantizers } from "../graph/without-quantizers.js";
import { describeGraph } from "./describe.js";
import { placeDiagram } from "./place.js";
import { diagramSvg } from "./svg.js";
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

export interface Drawing {
  /** A whole document. */
  readonly svg: string;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

/** Places and draws a diagram. */
export function drawDiagram(diagram: Diagram): Drawing {
  const placement = placeDiagram(diagram);
  const { width, height } = placement;
  return { svg: diagramSvg(diagram, placement), width, height };
}
