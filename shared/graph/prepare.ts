/**
 * What the official tools do to a graph before they count, in their order: shapes, data types, constant folding,
 * data types again.
 *
 * The order matters. A tensor that is folded away keeps the type of the first pass, when constants that are computed
 * (a bit width from a `Ceil` node) were not yet known. Parameters that several nodes share need no copies here, as
 * the tools make them: costs and what-ifs go by node, not by tensor.
 */
import type { CostFlavor, DataType } from "./datatype.js";
import { findConstants, type Folding } from "./fold.js";
import type { Graph, GraphNode } from "./graph.js";
import { graphIndex } from "./graph-index.js";
import { inferDataTypes } from "./infer-datatypes.js";
import { inferShapes } from "./infer-shapes.js";
import { OverlayMap } from "./overlay-map.js";
import { fixedTypes, propagateTypes, type TypeChanges } from "./propagate-types.js";

/** A graph ready for counting: shapes known, constants folded (values of weights are left out). */
export interface PreparedGraph extends Graph {
  /** The same with its shapes, before folding. */
  readonly unfolded: Graph;
  /** Data type of every tensor, those that were folded away included. */
  readonly dataTypes: ReadonlyMap<string, DataType>;
}

/** Scales, bit widths and shapes are small; a larger constant is a weight, of which only the zeros are counted. */
const largestFoldedValue = 1024;

interface Structure {
  readonly unfolded: Graph;
  readonly folding: Folding;
  readonly folded: Graph;
}

interface TypePasses {
  readonly structure: Structure;
  /** Types before folding. */
  readonly first: ReadonlyMap<string, DataType>;
  readonly prepared: PreparedGraph;
}

const structures = new WeakMap<Graph, Structure>();
const passes: Readonly<Record<CostFlavor, WeakMap<Graph, TypePasses>>> = {
  "finn-base": new WeakMap(),
  qonnx: new WeakMap(),
};

/**
 * The graph as a flavour's tool counts it, made once per graph object and flavour. With `changes` the data types are
 * those of the changed graph; only what lies downstream is inferred again.
 */
export function prepareForCost(graph: Graph, flavor: CostFlavor, changes?: TypeChanges): PreparedGraph {
  const { prepared } = typePasses(graph, flavor);
  if (changes === undefined) return prepared;
  return { ...prepared, dataTypes: new OverlayMap(prepared.dataTypes, changedTypes(graph, flavor, changes)) };
}

/** The graph with its shapes inferred, once per graph object; itself when it has them. */
export function withShapes(graph: Graph): Graph {
  return structureOf(graph).unfolded;
}

/** The tensors of a prepared graph whose data type differs under these changes, with the type they get. */
export function changedTypes(graph: Graph, flavor: CostFlavor, changes: TypeChanges): ReadonlyMap<string, DataType> {
  const { structure, first, prepared } = typePasses(graph, flavor);
  const { unfolded, folding } = structure;
  const firstPass = { graph: unfolded };
  const secondPass = { graph: unfolded, folded: folding };
  const fixed = fixedTypes(secondPass, changes);
  for (const [tensor, dataType] of propagateTypes(firstPass, flavor, first, fixedTypes(firstPass, changes))) {
    if (folding.constants.has(tensor)) fixed.set(tensor, dataType);
  }
  return propagateTypes(secondPass, flavor, prepared.dataTypes, fixed);
}

function typePasses(graph: Graph, flavor: CostFlavor): TypePasses {
  const known = passes[flavor].get(graph);
  if (known) return known;
  const structure = structureOf(graph);
  const { unfolded, folding, folded } = structure;
  const first = inferDataTypes(unfolded, flavor);
  // Only a node that reads a constant which was computed can see more in the second pass than in the first.
  const { consumers } = graphIndex(unfolded);
  const readers = new Set<GraphNode>();
  for (const name of folding.constants.keys()) consumers.get(name)?.forEach((node) => readers.add(node));
  const second = propagateTypes({ graph: unfolded, folded: folding }, flavor, first, new Map(), readers);
  const dataTypes = second.size === 0 ? first : new OverlayMap(first, second);
  const made = { structure, first, prepared: { ...folded, unfolded, dataTypes } };
  passes[flavor].set(graph, made);
  return made;
}

function structureOf(graph: Graph): Structure {
  let structure = structures.get(graph);
  if (structure === undefined) {
    const unfolded = hasAllShapes(graph) ? graph : inferShapes(graph).value;
    const folding = findConstants(unfolded, largestFoldedValue);
    const nodes = unfolded.nodes.filter((node) => !folding.nodes.has(node));
    const folded = { ...unfolded, nodes, tensors: new OverlayMap(unfolded.tensors, folding.constants) };
    structure = { unfolded, folding, folded };
    structures.set(graph, structure);
  }
  return structure;
}

/** A model file's graph has its shapes from the start. */
function hasAllShapes(graph: Graph): boolean {
  return graph.nodes.every((node) =>
    node.outputs.every((name) => name === "" || graph.tensors.get(name)?.shape !== undefined),
  );
}
