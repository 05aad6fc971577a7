/** Data types of a graph under a change, inferred again only downstream of it: a what-if costs microseconds. */
import type { CostFlavor, DataType } from "./datatype.js";
import type { Graph } from "./graph.js";
import { graphIndex } from "./graph-index.js";
import { inferOutputTypes, quantizerType } from "./infer-datatypes.js";

/** What differs in a what-if, as far as types go. */
export interface TypeChanges {
  /** Quant nodes, by name, at other bit widths. */
  readonly bits: ReadonlyMap<string, number>;
  /** Tensors, by name, that have this type whatever is inferred. */
  readonly dataTypes: ReadonlyMap<string, DataType>;
}

/** The types that the changes fix in a graph: those stated, and the outputs of the changed quantisers. */
export function quantizerTypes(graph: Graph, changes: TypeChanges): ReadonlyMap<string, DataType> {
  const fixed = new Map<string, DataType>();
  const { nodes } = graphIndex(graph);
  for (const [name, bits] of changes.bits) {
    const node = nodes.get(name);
    const [output] = node?.outputs ?? [];
    if (node === undefined || output === undefined) continue;
    const tensors = node.inputs.map((input) => graph.tensors.get(input));
    const dataType = quantizerType(node, tensors, bits);
    if (dataType) fixed.set(output, dataType);
  }
  for (const [tensor, dataType] of changes.dataTypes) {
    if (graph.tensors.has(tensor)) fixed.set(tensor, dataType);
  }
  return fixed;
}

/**
 * The tensors whose type differs from `base` when those in `fixed` have the types given there. Nodes are visited in
 * graph order, and only those that read a changed tensor.
 */
export function propagateTypes(
  graph: Graph,
  flavor: CostFlavor,
  base: ReadonlyMap<string, DataType>,
  fixed: ReadonlyMap<string, DataType>,
): ReadonlyMap<string, DataType> {
  const changed = new Map<string, DataType>();
  const { consumers, positions } = graphIndex(graph);
  const dirty = new Uint8Array(graph.nodes.length);
  let pending = 0;
  let start = graph.nodes.length;
  const typeOf = (tensor: string) => changed.get(tensor) ?? base.get(tensor) ?? "FLOAT32";
  const set = (tensor: string, dataType: DataType) => {
    if (typeOf(tensor) === dataType) return;
    changed.set(tensor, dataType);
    for (const consumer of consumers.get(tensor) ?? []) {
      const position = positions.get(consumer) ?? 0;
      if (dirty[position] === 1) continue;
      dirty[position] = 1;
      pending++;
      start = Math.min(start, position);
    }
  };
  for (const [tensor, dataType] of fixed) set(tensor, dataType);
  for (let position = start; pending > 0 && position < graph.nodes.length; position++) {
    const node = graph.nodes[position];
    if (dirty[position] !== 1 || node === undefined) continue;
    pending--;
    const types = inferOutputTypes(graph, node, flavor, typeOf);
    node.outputs.forEach((tensor, index) => {
      if (!fixed.has(tensor)) set(tensor, types[index] ?? "FLOAT32");
    });
  }
  return changed;
}
