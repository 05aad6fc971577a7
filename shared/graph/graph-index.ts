/** Who makes and who reads each tensor of a graph. */
import type { Graph, GraphNode } from "./graph.js";

export interface GraphIndex {
  /** The node that makes a tensor; absent for inputs and constants. */
  readonly producers: ReadonlyMap<string, GraphNode>;
  /** The nodes that read a tensor, in graph order, each once. */
  readonly consumers: ReadonlyMap<string, readonly GraphNode[]>;
  /** Nodes by name. */
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** A node's place in `graph.nodes`. */
  readonly positions: ReadonlyMap<GraphNode, number>;
}

const indices = new WeakMap<Graph, GraphIndex>();

/** The index of a graph, made once per graph object. */
export function graphIndex(graph: Graph): GraphIndex {
  let index = indices.get(graph);
  if (index === undefined) {
    index = makeIndex(graph);
    indices.set(graph, index);
  }
  return index;
}

function makeIndex(graph: Graph): GraphIndex {
  const producers = new Map<string, GraphNode>();
  const consumers = new Map<string, GraphNode[]>();
  const nodes = new Map<string, GraphNode>();
  const positions = new Map<GraphNode, number>();
  graph.nodes.forEach((node, position) => {
    nodes.set(node.name, node);
    positions.set(node, position);
    for (const name of node.outputs) producers.set(name, node);
    for (const name of node.inputs) {
      const readers = consumers.get(name);
      if (readers === undefined) consumers.set(name, [node]);
      else if (readers.at(-1) !== node) readers.push(node);
    }
  });
  return { producers, consumers, nodes, positions };
}
