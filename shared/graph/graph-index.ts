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

/** The index of a graph, made once per graph object, each part when it is first asked for. */
export function graphIndex(graph: Graph): GraphIndex {
  const index = indices.get(graph) ?? new LazyIndex(graph);
  indices.set(graph, index);
  return index;
}

class LazyIndex implements GraphIndex {
  #producers: ReadonlyMap<string, GraphNode> | undefined;
  #consumers: ReadonlyMap<string, readonly GraphNode[]> | undefined;
  #nodes: ReadonlyMap<string, GraphNode> | undefined;
  #positions: ReadonlyMap<GraphNode, number> | undefined;

  constructor(private readonly graph: Graph) {}

  get producers(): ReadonlyMap<string, GraphNode> {
    return (this.#producers ??= producersOf(this.graph));
  }

  get consumers(): ReadonlyMap<string, readonly GraphNode[]> {
    return (this.#consumers ??= consumersOf(this.graph));
  }

  get nodes(): ReadonlyMap<string, GraphNode> {
    return (this.#nodes ??= new Map(this.graph.nodes.map((node) => [node.name, node])));
  }

  get positions(): ReadonlyMap<GraphNode, number> {
    return (this.#positions ??= new Map(this.graph.nodes.map((node, position) => [node, position])));
  }
}

function producersOf({ nodes }: Graph): ReadonlyMap<string, GraphNode> {
  const producers = new Map<string, GraphNode>();
  for (const node of nodes) for (const name of node.outputs) producers.set(name, node);
  return producers;
}

function consumersOf({ nodes }: Graph): ReadonlyMap<string, readonly GraphNode[]> {
  const consumers = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    for (const name of node.inputs) {
      const readers = consumers.get(name);
      if (readers === undefined) consumers.set(name, [node]);
      else if (readers.at(-1) !== node) readers.push(node);
    }
  }
  return consumers;
}
