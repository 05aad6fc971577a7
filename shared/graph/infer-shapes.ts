/**
 * Shape inference: of one node (the DSL calls it as the model is built) and of a whole graph (an ONNX file).
 * Layouts are N, C, then positions.
 */
import { evaluateNode } from "./evaluate.js";
import type { Graph, GraphNode, Shape, Tensor } from "./graph.js";
import { inferNodeShapes } from "./shapes/node-shapes.js";

export { inferNodeShapes } from "./shapes/node-shapes.js";
export type { ShapeResult } from "./shapes/shape-rule.js";

/** A shape that does not fit, and the node where it shows. */
export interface GraphShapeProblem {
  readonly node: string;
  readonly message: string;
}

/** Shape computations in real graphs handle a few numbers; a weight is not evaluated here (folding does that). */
const largestShapeValue = 1024;

/**
 * Shapes of all tensors of a graph. Integer computations that feed a Reshape, Slice or Expand (Shape, Gather,
 * Concat, ...) are evaluated on the way. A shape that the file states is kept where inference has no answer.
 */
export function inferShapes(graph: Graph): { readonly value: Graph; readonly problems: readonly GraphShapeProblem[] } {
  const tensors = new Map(graph.tensors);
  const values = new Map<string, Tensor>();
  const problems: GraphShapeProblem[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => values.get(name) ?? tensors.get(name));
    const result = inferNodeShapes(node, inputs);
    problems.push(...result.problems.map((message) => ({ node: node.name, message })));
    node.outputs.forEach((name, index) => {
      const shape = result.value[index];
      if (name !== "" && shape) tensors.set(name, withShape(tensors.get(name), name, shape));
    });
    for (const value of shapeValues(node, inputs)) values.set(value.name, value);
  }
  return { value: { ...graph, tensors }, problems };
}

function withShape(tensor: Tensor | undefined, name: string, shape: Shape): Tensor {
  return { ...(tensor ?? { name, elementType: "undefined" }), shape };
}

function shapeValues(node: GraphNode, inputs: readonly (Tensor | undefined)[]): readonly Tensor[] {
  const small = (tensor: Tensor | undefined) => tensor?.data !== undefined && tensor.data.length <= largestShapeValue;
  if (node.opType !== "Shape" && !inputs.every(small)) return [];
  return evaluateNode(node, inputs) ?? [];
}
