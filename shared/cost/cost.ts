/**
 * Inference cost as the challenge and qonnx count it: bit-operations, bits of weight memory, bits of output memory,
 * per node and in total.
 *
 * A graph is prepared and costed once per flavour; a what-if prices anew only the nodes whose types or density
 * change. Sources: Xilinx/finn-base (branch feature/itu_competition_21) and fastmachinelearning/qonnx,
 * `analysis/inference_cost.py` and `util/inference_cost.py` of each.
 */
import { bitWidth, type CostFlavor, type DataType } from "../graph/datatype.js";
import { countNonZero, quantizersOf, type ElementCount } from "../graph/density.js";
import { elementCount, type Graph } from "../graph/graph.js";
import { OverlayMap } from "../graph/overlay-map.js";
import { changedTypes, prepareForCost, type PreparedGraph } from "../graph/prepare.js";
import type { TypeChanges } from "../graph/propagate-types.js";
import { operationOf, type Operation } from "./operations.js";
import type { CostChange, CostOptions, CostReport, CostTotals, NodeCost } from "./types.js";

/** A graph's operations in one flavour: all that does not depend on zeros and changes. */
interface Costing {
  readonly prepared: PreparedGraph;
  readonly operations: readonly Operation[];
  readonly officialNames: readonly string[];
  readonly unsupported: readonly string[];
  /** Reports without changes, dense and discounted. */
  dense?: CostReport;
  discounted?: CostReport;
  /** Made when the first what-if is asked. */
  readers?: Readers;
}

/** Which operations (by index) a change touches. */
interface Readers {
  /** By tensor whose type they charge. */
  readonly byTensor: ReadonlyMap<string, readonly number[]>;
  /** By quantiser of their constant operand. */
  readonly byQuantizer: ReadonlyMap<string, readonly number[]>;
  readonly byNode: ReadonlyMap<string, readonly number[]>;
}

const costings: Readonly<Record<CostFlavor, WeakMap<Graph, Costing>>> = {
  "finn-base": new WeakMap(),
  qonnx: new WeakMap(),
};

/** The cost of a graph, or of what it becomes under `options.changes`. Never throws on what a graph contains. */
export function computeCost(graph: Graph, options: CostOptions): CostReport {
  const base = unchangedReport(graph, options);
  if (!options.changes || options.changes.length === 0) return base;
  const { nodes, dataTypes } = repriced(graph, base, options.changes);
  const all = [...base.nodes];
  for (const [index, node] of nodes) all[index] = node;
  return { ...base, nodes: all, totals: sum(all), dataTypes: new OverlayMap(base.dataTypes, dataTypes) };
}

/** The totals alone, made from the differences that the changes make: for asking hundreds of times. */
export function computeTotals(graph: Graph, options: CostOptions): CostTotals {
  const base = unchangedReport(graph, options);
  if (!options.changes || options.changes.length === 0) return base.totals;
  const { nodes } = repriced(graph, base, options.changes);
  const before = sum([...nodes.keys()].flatMap((index) => base.nodes[index] ?? []));
  const after = sum([...nodes.values()]);
  const { totals } = base;
  return {
    bops: totals.bops - before.bops + after.bops,
    memWBits: totals.memWBits - before.memWBits + after.memWBits,
    memOBits: totals.memOBits - before.memOBits + after.memOBits,
    macs: totals.macs - before.macs + after.macs,
    weightElements: totals.weightElements - before.weightElements + after.weightElements,
    outputElements: totals.outputElements - before.outputElements + after.outputElements,
  };
}

function costingOf(graph: Graph, flavor: CostFlavor): Costing {
  let costing = costings[flavor].get(graph);
  if (costing === undefined) {
    const prepared = prepareForCost(graph, flavor);
    costing = { prepared, ...listOperations(prepared, flavor) };
    costings[flavor].set(graph, costing);
  }
  return costing;
}

function unchangedReport(graph: Graph, { flavor, discountSparsity }: CostOptions): CostReport {
  const costing = costingOf(graph, flavor);
  return discountSparsity
    ? (costing.discounted ??= makeReport(costing, flavor, true))
    : (costing.dense ??= makeReport(costing, flavor, false));
}

function makeReport(
  { prepared, operations, officialNames, unsupported }: Costing,
  flavor: CostFlavor,
  discountSparsity: boolean,
): CostReport {
  const { dataTypes } = prepared;
  const typeOf = (tensor: string) => dataTypes.get(tensor) ?? "FLOAT32";
  const nodes = operations.map((operation, index): NodeCost => {
    const count = discountSparsity ? countOf(prepared, operation) : undefined;
    return price(operation, officialNames[index] ?? operation.node.name, typeOf, count);
  });
  return { flavor, discountSparsity, nodes, totals: sum(nodes), unsupported, dataTypes };
}

function findReaders({ prepared, operations }: Costing): Readers {
  const byTensor = new Map<string, number[]>();
  const byQuantizer = new Map<string, number[]>();
  const byNode = new Map<string, number[]>();
  operations.forEach(({ node, input, weight, output, constant }, index) => {
    append(byNode, node.name, index);
    for (const name of [input, weight, output]) append(byTensor, name, index);
    const quantizers = constant === undefined ? [] : quantizersOf(prepared.unfolded, constant);
    for (const name of quantizers) append(byQuantizer, name, index);
  });
  return { byTensor, byQuantizer, byNode };
}

/** The priced nodes in graph order, named as the tools name them, and the op types that cannot be priced. */
function listOperations(prepared: PreparedGraph, flavor: CostFlavor) {
  const operations: Operation[] = [];
  const officialNames: string[] = [];
  const unsupported = new Set<string>();
  const perOpType = new Map<string, number>();
  for (const node of prepared.nodes) {
    const number = perOpType.get(node.opType) ?? 0;
    perOpType.set(node.opType, number + 1);
    const operation = operationOf(prepared, node, flavor);
    if (operation === "unsupported") unsupported.add(node.opType);
    if (typeof operation === "string") continue;
    operations.push(operation);
    officialNames.push(`${node.opType}_${number}`);
  }
  // A codebook over weights is folded like any constant, but no tool knows it.
  if (prepared.unfolded.nodes.some((node) => node.opType === "CodebookQuant")) unsupported.add("CodebookQuant");
  return { operations, officialNames, unsupported: [...unsupported] };
}

/** The node costs that differ under changes, by index, and the types that differ. */
function repriced(graph: Graph, base: CostReport, changes: readonly CostChange[]) {
  const costing = costingOf(graph, base.flavor);
  const { byTensor, byQuantizer, byNode } = (costing.readers ??= findReaders(costing));
  const { typeChanges, densities } = sortChanges(changes);
  const dataTypes = changedTypes(graph, base.flavor, typeChanges);
  const typeOf = (tensor: string) => dataTypes.get(tensor) ?? base.dataTypes.get(tensor) ?? "FLOAT32";
  const touched = new Set<number>();
  for (const tensor of dataTypes.keys()) addAll(touched, byTensor.get(tensor));
  if (base.discountSparsity) {
    for (const quantizer of typeChanges.bits.keys()) addAll(touched, byQuantizer.get(quantizer));
    for (const node of densities.keys()) addAll(touched, byNode.get(node));
  }
  const nodes = new Map<number, NodeCost>();
  for (const index of touched) {
    const operation = costing.operations[index];
    const before = base.nodes[index];
    if (!operation || !before) continue;
    const density = densities.get(operation.node.name);
    const count = base.discountSparsity ? countOf(costing.prepared, operation, typeChanges.bits, density) : undefined;
    nodes.set(index, price(operation, before.officialName, typeOf, count));
  }
  return { nodes, dataTypes };
}

function sortChanges(changes: readonly CostChange[]): { typeChanges: TypeChanges; densities: Map<string, number> } {
  const bits = new Map<string, number>();
  const dataTypes = new Map<string, DataType>();
  const densities = new Map<string, number>();
  for (const change of changes) {
    if (change.kind === "bits") bits.set(change.node, change.bits);
    else if (change.kind === "dataType") dataTypes.set(change.tensor, change.dataType);
    else densities.set(change.node, change.density);
  }
  return { typeChanges: { bits, dataTypes }, densities };
}

/** Non-zero weights of an operation; `undefined` for one without constant operand, which is not discounted. */
function countOf(
  { unfolded, tensors }: PreparedGraph,
  { constant }: Operation,
  bits?: ReadonlyMap<string, number>,
  density?: number,
): ElementCount | undefined {
  if (constant === undefined) return undefined;
  if (density !== undefined) {
    const elements = elementCount(tensors.get(constant)?.shape ?? []);
    return { elements, nonZero: density * elements };
  }
  return countNonZero(unfolded, constant, bits);
}

function price(
  operation: Operation,
  officialName: string,
  typeOf: (tensor: string) => DataType,
  count: ElementCount | undefined,
): NodeCost {
  const { node, types } = operation;
  const inputType = types?.input ?? typeOf(operation.input);
  const weightType = types?.weight ?? (types ? inputType : typeOf(operation.weight));
  const outputType = types?.output ?? typeOf(operation.output);
  const macs = discounted(operation.macs, count);
  const weightElements = discounted(operation.weightElements, count);
  return {
    node: node.name,
    opType: node.opType,
    officialName,
    ...(node.layer !== undefined && { layer: node.layer }),
    inputShape: operation.inputShape,
    outputShape: operation.outputShape,
    inputType,
    weightType,
    outputType,
    density: count && count.elements > 0 ? count.nonZero / count.elements : 1,
    denseMacs: operation.macs,
    denseWeightElements: operation.weightElements,
    macs,
    weightElements,
    outputElements: operation.outputElements,
    bops: bitWidth(inputType) * bitWidth(weightType) * macs,
    memWBits: bitWidth(weightType) * weightElements,
    memOBits: bitWidth(outputType) * operation.outputElements,
    hasWeightKey: operation.hasWeightKey,
  };
}

/** Times the share of non-zeros. MACs are a multiple of the weight's elements, so whole numbers stay whole. */
function discounted(amount: number, count: ElementCount | undefined): number {
  if (count === undefined || count.elements === 0) return amount;
  const { elements, nonZero } = count;
  return amount % elements === 0 ? (amount / elements) * nonZero : (amount * nonZero) / elements;
}

function sum(nodes: readonly NodeCost[]): CostTotals {
  const totals = { bops: 0, memWBits: 0, memOBits: 0, macs: 0, weightElements: 0, outputElements: 0 };
  for (const node of nodes) {
    totals.bops += node.bops;
    totals.memWBits += node.memWBits;
    totals.memOBits += node.memOBits;
    totals.macs += node.macs;
    totals.weightElements += node.weightElements;
    totals.outputElements += node.outputElements;
  }
  return totals;
}

function append(map: Map<string, number[]>, key: string, index: number): void {
  const list = map.get(key);
  if (list) list.push(index);
  else map.set(key, [index]);
}

function addAll(set: Set<number>, indices: readonly number[] | undefined): void {
  for (const index of indices ?? []) set.add(index);
}
