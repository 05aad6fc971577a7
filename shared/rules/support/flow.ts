/** Where a tensor's data type comes from and which multiplications it reaches, per flavour of the cost. */
import { bitWidth, isIntegerLike, type DataType } from "../../graph/datatype.js";
import type { GraphNode } from "../../graph/graph.js";
import { inferNodeDataTypes } from "../../graph/infer-datatypes.js";
import type { RuleContext } from "../types.js";
import { factsOf, type Facts, type Mac } from "./facts.js";
import { isQuantizer, type Quantizer } from "./quantizers.js";

/** The last tensor before ops that only hand a type on, and the node that makes it. */
export interface TypeSource {
  readonly tensor: string;
  /** Absent for the model's input. */
  readonly node: GraphNode | undefined;
}

interface Flow {
  readonly sources: Map<string, TypeSource>;
  readers: ReadonlyMap<string, readonly Mac[]> | undefined;
}

const flowOfContext = new WeakMap<RuleContext, Flow>();

/** Walks back from a tensor through the ops that keep its type; memoised on the run, so linear for all tensors together. */
export function typeSource(context: RuleContext, tensor: string): TypeSource {
  const facts = factsOf(context);
  const { sources } = flowOf(context);
  const visited: string[] = [];
  let at = tensor;
  let source = sources.get(at);
  while (source === undefined) {
    visited.push(at);
    const node = facts.producer(at);
    if (node && keepsType(context, node)) {
      at = node.inputs[0] ?? "";
      source = sources.get(at);
    } else {
      source = { tensor: at, node };
    }
  }
  for (const name of visited) sources.set(name, source);
  return source;
}

/** True when the op hands the type of its first input on, in the flavour of the run. */
export function keepsType(context: RuleContext, node: GraphNode): boolean {
  if (isQuantizer(node)) return false;
  const facts = factsOf(context);
  const inputs = node.inputs.map((name) => {
    const tensor = facts.tensor(name);
    return tensor && { dataType: probe, tensor };
  });
  return inferNodeDataTypes(node, inputs, context.cost.flavor)[0] === probe;
}

/** A type that no op makes by itself. */
const probe: DataType = "SCALEDUINT5";

/** The priced multiplications that read a tensor as their input, directly or through ops that keep its type. */
export function readersOf(context: RuleContext, tensor: string): readonly Mac[] {
  const flow = flowOf(context);
  flow.readers ??= collectReaders(context);
  return flow.readers.get(tensor) ?? [];
}

/** The priced multiplications whose cost depends on a quantiser's width. */
export function macsOf(context: RuleContext, quantizer: Quantizer): readonly Mac[] {
  switch (quantizer.use) {
    case "weight":
      return macsByWeight(context).get(quantizer.node.name) ?? [];
    case "activation":
      return readersOf(context, quantizer.output);
    case "bias":
    case "parameter":
      return [];
  }
}

/** True for a quantiser, and for a ReLU that only quantisers read. */
export function leadsToQuantizer(facts: Facts, node: GraphNode): boolean {
  if (node.opType !== "Relu") return isQuantizer(node);
  const consumers = facts.consumers(node.outputs[0] ?? "");
  return consumers.length > 0 && consumers.every(isQuantizer);
}

/** A narrow integer: what a quantiser gives, as opposed to a float or a 32-bit accumulator. */
export function isNarrow(type: DataType): boolean {
  return isIntegerLike(type) && bitWidth(type) < 32;
}

function collectReaders(context: RuleContext): ReadonlyMap<string, readonly Mac[]> {
  const readers = new Map<string, Mac[]>();
  for (const mac of factsOf(context).macs) {
    if (mac.cost !== undefined) append(readers, typeSource(context, mac.input).tensor, mac);
  }
  return readers;
}

function macsByWeight(context: RuleContext): ReadonlyMap<string, readonly Mac[]> {
  let macs = weightReadersOfContext.get(context);
  if (macs === undefined) {
    const collected = new Map<string, Mac[]>();
    for (const mac of factsOf(context).macs) {
      if (mac.cost !== undefined && mac.weightQuantizer) append(collected, mac.weightQuantizer.node.name, mac);
    }
    macs = collected;
    weightReadersOfContext.set(context, macs);
  }
  return macs;
}

const weightReadersOfContext = new WeakMap<RuleContext, ReadonlyMap<string, readonly Mac[]>>();

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

function flowOf(context: RuleContext): Flow {
  let flow = flowOfContext.get(context);
  if (flow === undefined) {
    flow = { sources: new Map(), readers: undefined };
    flowOfContext.set(context, flow);
  }
  return flow;
}
