/**
 * What the official tools do to a graph before they count, in their order: shapes, data types, constant folding,
 * data types again.
 *
 * The order matters. A tensor that is folded away keeps the type of the first pass, when constants that are computed
 * (a bit width from a `Ceil` node) were not yet known. Parameters that several nodes share need no copies here, as
 * the tools make them: costs and what-ifs go by node, not by tensor.
 */
import type { CostFlavor, DataType } from "./datatype.js";
import { foldConstants } from "./fold.js";
import type { Graph } from "./graph.js";
import { inferDataTypes } from "./infer-datatypes.js";
import { inferShapes } from "./infer-shapes.js";
import { OverlayMap } from "./overlay-map.js";
import { propagateTypes, quantizerTypes, type TypeChanges } from "./propagate-types.js";

/** A graph ready for counting: shapes known, constants folded (values of weights are left out). */
export interface PreparedGraph extends Graph {
  /** The same with its shapes, before folding. */
  readonly unfolded: Graph;
  /** Data type of every tensor, those that were folded away included. */
  readonly dataTypes: ReadonlyMap<string, DataType>;
}

/** Scales, bit widths and shapes are small; a larger constant is a weight, of which only the zeros are counted. */
const largestFoldedValue = 4096;

interface Structure {
  readonly unfolded: Graph;
  readonly folded: Graph;
}

interface TypePasses {
  readonly prepared: PreparedGraph;
  /** Before folding. */
  readonly first: ReadonlyMap<string, DataType>;
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

/** The tensors of a prepared graph whose data type differs under these changes, with the type they get. */
export function changedTypes(graph: Graph, flavor: CostFlavor, changes: TypeChanges): ReadonlyMap<string, DataType> {
  const { prepared, first } = typePasses(graph, flavor);
  const { unfolded } = prepared;
  const before = propagateTypes(unfolded, flavor, first, quantizerTypes(unfolded, changes));
  const seeds = new Map(quantizerTypes(prepared, changes));
  const gone = new Map<string, DataType>();
  for (const [name, dataType] of before) {
    const tensor = prepared.tensors.get(name);
    if (tensor === undefined) gone.set(name, dataType);
    else if (tensor.constant) seeds.set(name, dataType);
  }
  const after = propagateTypes(prepared, flavor, prepared.dataTypes, seeds);
  return gone.size === 0 ? after : new Map([...gone, ...after]);
}

function typePasses(graph: Graph, flavor: CostFlavor): TypePasses {
  const known = passes[flavor].get(graph);
  if (known) return known;
  const { unfolded, folded } = structureOf(graph);
  const first = inferDataTypes(unfolded, flavor);
  const constants = new Map<string, DataType>();
  for (const tensor of folded.tensors.values()) {
    if (tensor.constant) constants.set(tensor.name, first.get(tensor.name) ?? "FLOAT32");
  }
  const second = inferDataTypes(folded, flavor, constants);
  const prepared: PreparedGraph = { ...folded, unfolded, dataTypes: new Map([...first, ...second]) };
  const made = { prepared, first };
  passes[flavor].set(graph, made);
  return made;
}

function structureOf(graph: Graph): Structure {
  let structure = structures.get(graph);
  if (structure === undefined) {
    const unfolded = hasAllShapes(graph) ? graph : inferShapes(graph).value;
    structure = { unfolded, folded: foldConstants(unfolded, largestFoldedValue) };
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
