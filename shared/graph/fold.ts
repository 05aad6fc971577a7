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

/** What folding finds: the nodes that go, and the constants that their outputs become. */
export interface Folding {
  readonly nodes: ReadonlySet<GraphNode>;
  readonly constants: ReadonlyMap<string, Tensor>;
}

/**
 * The graph without the nodes that have only constant inputs; their outputs are constants. A value that is not known
 * (an input without data, an op that is not evaluated) gives a constant without data. Unused tensors are left out.
 */
export function foldConstants(graph: Graph): Graph {
  const { nodes, constants } = findConstants(graph, Infinity);
  const kept = graph.nodes.filter((node) => !nodes.has(node));
  return { ...graph, nodes: kept, tensors: usedTensors(graph, kept, constants) };
}

/** The nodes with only constant inputs. Values of more than `largest` elements are not computed. */
export function findConstants(graph: Graph, largest: number): Folding {
  const nodes = new Set<GraphNode>();
  const constants = new Map<string, Tensor>();
  const tensorOf = (name: string) => constants.get(name) ?? graph.tensors.get(name);
  for (const node of graph.nodes) {
    if (!isFoldable(node, tensorOf)) continue;
    const folded = foldNode(node, tensorOf, largest);
    if (folded === undefined) continue;
    nodes.add(node);
    for (const tensor of folded) constants.set(tensor.name, tensor);
  }
  return { nodes, constants };
}

type Lookup = (name: string) => Tensor | undefined;

function foldNode(node: GraphNode, tensorOf: Lookup, largest: number): readonly Tensor[] | undefined {
  const inputs = node.inputs.map(tensorOf);
  const shapes = node.outputs.map((name) => tensorOf(name)?.shape);
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
    const elementType = tensorOf(name)?.elementType ?? inputs[0]?.elementType ?? "undefined";
    return { name, elementType, shape, constant: true, ...(density !== undefined && { density }) };
  });
}

/** An absent optional input keeps a node from being folded, as it does in the tools; so does a stated cost. */
function isFoldable(node: GraphNode, tensorOf: Lookup): boolean {
  const [first] = node.inputs;
  if (node.opType === "Shape" || node.opType === "Size") return tensorOf(first ?? "")?.shape !== undefined;
  if (node.domain === quantlensDomain && node.opType === "CustomOp") return false;
  if (first === undefined) return node.opType === "Constant";
  return node.inputs.every((name) => tensorOf(name)?.constant === true);
}

function usedTensors(
  graph: Graph,
  nodes: readonly GraphNode[],
  constants: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  const used = new Map<string, Tensor>();
  const keep = (name: string) => {
    const tensor = constants.get(name) ?? graph.tensors.get(name);
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
