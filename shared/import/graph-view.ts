/** A graph as the importer looks at it: shapes, values of constants, and who reads what. */
import { findConstants } from "../graph/fold.js";
import { tensorAttribute } from "../graph/attributes.js";
import { graphIndex, type GraphIndex } from "../graph/graph-index.js";
import type { Graph, GraphNode, Shape, Tensor, TensorData } from "../graph/graph.js";
import { withShapes } from "../graph/prepare.js";

/** Scales, shapes and factors are small; weights are read where they are stored. */
const largestValue = 65_536;

/** Nodes that hand on what they get. */
const passing: ReadonlySet<string> = new Set(["Identity", "Dropout"]);

export interface GraphView {
  readonly graph: Graph;
  readonly index: GraphIndex;
  /** Nodes with constant inputs only. */
  readonly folded: ReadonlySet<GraphNode>;
  readonly constants: ReadonlyMap<string, Tensor>;
  /** For the output of a node that only hands on, the tensor that it stands for. */
  readonly aliases: ReadonlyMap<string, string>;
}

export function viewGraph(original: Graph): GraphView {
  const graph = withShapes(original);
  const { nodes: folded, constants } = findConstants(graph, largestValue);
  const aliases = new Map<string, string>();
  for (const node of graph.nodes) {
    const [input = ""] = node.inputs;
    if (passing.has(node.opType) && node.domain === "" && !folded.has(node) && node.outputs[0] !== undefined) {
      aliases.set(node.outputs[0], aliases.get(input) ?? input);
    }
  }
  return { graph, index: graphIndex(graph), folded, constants, aliases };
}

/** True for a node that only hands on its input. */
export function isPassing(view: GraphView, node: GraphNode): boolean {
  return view.aliases.has(node.outputs[0] ?? "");
}

/** The tensor that a name stands for. */
export function sourceOf({ aliases }: GraphView, name: string): string {
  return aliases.get(name) ?? name;
}

export function shapeOf({ graph, constants }: GraphView, name: string): Shape | undefined {
  return constants.get(name)?.shape ?? graph.tensors.get(name)?.shape;
}

/** True when the tensor does not depend on the model's input. */
export function isConstant({ graph, constants }: GraphView, name: string): boolean {
  return constants.has(name) || graph.tensors.get(name)?.constant === true;
}

/** Values of a small constant, computed ones included. */
export function valuesOf({ graph, constants }: GraphView, name: string | undefined): TensorData | undefined {
  if (name === undefined || name === "") return undefined;
  const tensor = constants.get(name) ?? graph.tensors.get(name);
  return tensor?.constant === true ? tensor.data : undefined;
}

/** A constant as it is stored: an initialiser, or what a `Constant` node holds. */
export function storedTensor({ graph, index }: GraphView, name: string): Tensor | undefined {
  const tensor = graph.tensors.get(name);
  if (tensor?.constant === true) return tensor;
  const producer = index.producers.get(name);
  const value = producer?.opType === "Constant" ? tensorAttribute(producer, "value") : undefined;
  return value && { ...value, name };
}

/** All readers of a tensor, those behind nodes that only hand on included. */
export function readersOf(view: GraphView, name: string): readonly GraphNode[] {
  const readers: GraphNode[] = [];
  const open = [name];
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    for (const node of view.index.consumers.get(tensor) ?? []) {
      if (isPassing(view, node)) open.push(node.outputs[0] ?? "");
      else readers.push(node);
    }
  }
  return readers;
}

/** The only reader of a tensor that is no output of the model. */
export function onlyReader(view: GraphView, name: string): GraphNode | undefined {
  if (view.graph.outputs.some((output) => sourceOf(view, output) === name)) return undefined;
  const readers = readersOf(view, name);
  return readers.length === 1 ? readers[0] : undefined;
}

/** The node that makes a tensor, nodes that only hand on left out. */
export function makerOf(view: GraphView, name: string): GraphNode | undefined {
  return view.index.producers.get(sourceOf(view, name));
}
