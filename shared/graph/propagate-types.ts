/** Data types of a graph under a change, inferred again only downstream of it: a what-if costs microseconds. */
import type { CostFlavor, DataType } from "./datatype.js";
import type { Graph, GraphNode, Tensor } from "./graph.js";
import { graphIndex } from "./graph-index.js";
import { inferOutputTypes, quantizerType, type TypeLookup } from "./infer-datatypes.js";

/** What differs in a what-if, as far as types go. */
export interface TypeChanges {
  /** Quant nodes, by name, at other bit widths. */
  readonly bits: ReadonlyMap<string, number>;
  /** Tensors, by name, that have this type whatever is inferred. */
  readonly dataTypes: ReadonlyMap<string, DataType>;
}

/** A graph as one pass of type inference sees it. */
export interface TypePass {
  readonly graph: Graph;
  /** Nodes that folding removed, and the constants that replace their outputs. */
  readonly folded?: { readonly nodes: ReadonlySet<GraphNode>; readonly constants: ReadonlyMap<string, Tensor> };
}

/** The types that the changes fix in a pass: those stated, and the outputs of the changed quantisers. */
export function fixedTypes(pass: TypePass, changes: TypeChanges): Map<string, DataType> {
  const fixed = new Map<string, DataType>();
  const { nodes } = graphIndex(pass.graph);
  const tensorOf = tensorsOf(pass);
  for (const [name, bits] of changes.bits) {
    const node = nodes.get(name);
    const [output] = node?.outputs ?? [];
    if (node === undefined || output === undefined || pass.folded?.nodes.has(node)) continue;
    const dataType = quantizerType(node, { tensorOf }, bits);
    if (dataType) fixed.set(output, dataType);
  }
  for (const [tensor, dataType] of changes.dataTypes) {
    if (tensorOf(tensor)) fixed.set(tensor, dataType);
  }
  return fixed;
}

/**
 * The tensors whose type differs from `base` when those in `fixed` have the types given there and the nodes in
 * `start` are inferred again. Nodes are visited in graph order, and only those that read a changed tensor.
 */
export function propagateTypes(
  pass: TypePass,
  flavor: CostFlavor,
  base: ReadonlyMap<string, DataType>,
  fixed: ReadonlyMap<string, DataType>,
  start: Iterable<GraphNode> = [],
): ReadonlyMap<string, DataType> {
  const { graph, folded } = pass;
  const changed = new Map<string, DataType>();
  const { consumers, positions } = graphIndex(graph);
  const dirty = new Uint8Array(graph.nodes.length);
  let pending = 0;
  let position = graph.nodes.length;
  const lookup: TypeLookup = {
    typeOf: (tensor) => changed.get(tensor) ?? base.get(tensor) ?? "FLOAT32",
    tensorOf: tensorsOf(pass),
  };
  const visit = (node: GraphNode) => {
    const place = positions.get(node) ?? 0;
    if (dirty[place] === 1 || folded?.nodes.has(node)) return;
    dirty[place] = 1;
    pending++;
    position = Math.min(position, place);
  };
  const set = (tensor: string, dataType: DataType) => {
    if (lookup.typeOf(tensor) === dataType) return;
    changed.set(tensor, dataType);
    consumers.get(tensor)?.forEach(visit);
  };
  for (const [tensor, dataType] of fixed) set(tensor, dataType);
  for (const node of start) visit(node);
  for (; pending > 0 && position < graph.nodes.length; position++) {
    const node = graph.nodes[position];
    if (dirty[position] !== 1 || node === undefined) continue;
    pending--;
    const types = inferOutputTypes(node, lookup, flavor);
    node.outputs.forEach((tensor, index) => {
      if (!fixed.has(tensor)) set(tensor, types[index] ?? "FLOAT32");
    });
  }
  return changed;
}

function tensorsOf({ graph, folded }: TypePass): (tensor: string) => Tensor | undefined {
  return (tensor) => folded?.constants.get(tensor) ?? graph.tensors.get(tensor);
}
