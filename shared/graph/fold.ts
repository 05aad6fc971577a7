/**
 * Constant folding: a node whose inputs are all constants becomes a constant, as the official tools do before they
 * count. So a quantised weight is one tensor, and a computed bit width is a number.
 *
 * Source of what is folded: fastmachinelearning/qonnx, `transformation/fold_constants.py`.
 */
import { quantlensDomain } from "./custom-op.js";
import { evaluateNode } from "./evaluate.js";
import { elementCount, type Graph, type GraphNode, type Shape, type Tensor } from "./graph.js";
import { inferNodeShapes } from "./infer-shapes.js";
import { reshapingOps } from "./values/layout.js";

/** Ops whose output has as many non-zero elements as their (constant) input, given that its density is that after quantising. */
const keepsDensity: ReadonlySet<string> = new Set([...reshapingOps, "Transpose", "Quant", "IntQuant", "BipolarQuant"]);

/**
 * The graph without the nodes that have only constant inputs; their outputs are constants.
 *
 * A value that is not known (an input without data, an op that is not evaluated) gives a constant without data. So
 * does one of more than `largest` elements, for callers that need no values of weights. Unused tensors are left out.
 */
export function foldConstants(graph: Graph, largest = Infinity): Graph {
  const tensors = new Map(graph.tensors);
  const nodes = graph.nodes.filter((node) => {
    const folded = foldNode(node, tensors, largest);
    if (folded === undefined) return true;
    for (const tensor of folded) tensors.set(tensor.name, tensor);
    return false;
  });
  return { ...graph, nodes, tensors: usedTensors(graph, nodes, tensors) };
}

function foldNode(
  node: GraphNode,
  tensors: ReadonlyMap<string, Tensor>,
  largest: number,
): readonly Tensor[] | undefined {
  const inputs = node.inputs.map((name) => tensors.get(name));
  if (!isFoldable(node, inputs)) return undefined;
  const shapes = node.outputs.map((name) => tensors.get(name)?.shape);
  const known: readonly (Shape | undefined)[] = shapes.includes(undefined)
    ? inferNodeShapes(node, inputs).value.map((shape, index) => shapes[index] ?? shape)
    : shapes;
  const size = known[0] && elementCount(known[0]);
  const values = size === undefined || size <= largest ? evaluateNode(node, inputs) : undefined;
  if (values) return values;
  if (known.includes(undefined)) return undefined;
  const density = keepsDensity.has(node.opType) ? inputs[0]?.density : undefined;
  return node.outputs.flatMap((name, index): Tensor | [] => {
    const shape = known[index];
    if (name === "" || shape === undefined) return [];
    const elementType = tensors.get(name)?.elementType ?? inputs[0]?.elementType ?? "undefined";
    return { name, elementType, shape, constant: true, ...(density !== undefined && { density }) };
  });
}

/** An absent optional input keeps a node from being folded, as it does in the tools; so does a stated cost. */
function isFoldable(node: GraphNode, inputs: readonly (Tensor | undefined)[]): boolean {
  if (node.opType === "Shape" || node.opType === "Size") return inputs[0]?.shape !== undefined;
  if (node.domain === quantlensDomain && node.opType === "CustomOp") return false;
  if (inputs.length === 0) return node.opType === "Constant";
  return inputs.every((input) => input?.constant === true);
}

function usedTensors(
  graph: Graph,
  nodes: readonly GraphNode[],
  tensors: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  const used = new Map<string, Tensor>();
  const keep = (name: string) => {
    const tensor = tensors.get(name);
    if (tensor) used.set(name, tensor);
  };
  for (const node of nodes) {
    node.inputs.forEach(keep);
    node.outputs.forEach(keep);
  }
  graph.inputs.forEach(keep);
  graph.outputs.forEach(keep);
  return used;
}
