/** The program under construction and what every operator's lowering needs of it. */
import type { Graph, GraphNode, Layer, Shape, Tensor } from "../../../shared/graph/graph.js";
import { graphIndex, type GraphIndex } from "../../../shared/graph/graph-index.js";
import type {
  ParameterInit,
  ParameterSpec,
  ProgramValue,
  QuantizerId,
  QuantizerSpec,
  TrainOp,
  ValueId,
} from "../program.js";

/** Why a model cannot be trained, and the layer to blame (index into `Graph.layers`). */
export interface LoweringProblem {
  readonly message: string;
  readonly layer?: number;
}

export interface Lowering {
  readonly graph: Graph;
  readonly index: GraphIndex;
  /** Size of the input's first dimension, which every tensor keeps. */
  readonly batch: number;
  readonly values: ProgramValue[];
  readonly ops: TrainOp[];
  readonly parameters: Map<string, ParameterSpec>;
  readonly quantizers: QuantizerSpec[];
  /** By Quant node; nodes that share a quantiser have the same. */
  readonly quantizerIds: Map<string, QuantizerId>;
  /** The value of each dynamic tensor. */
  readonly ids: Map<string, ValueId>;
  /** The value of each dropout layer's result. */
  readonly dropped: Map<number, ValueId>;
  /** The quantiser whose integers, times its scale, a value consists of. */
  readonly gridOf: Map<ValueId, QuantizerId>;
  /** Nodes that went into another node's operator. */
  readonly absorbed: Set<string>;
  readonly problems: LoweringProblem[];
}

export function newLowering(graph: Graph, batch: number): Lowering {
  return {
    graph,
    index: graphIndex(graph),
    batch,
    values: [],
    ops: [],
    parameters: new Map(),
    quantizers: [],
    quantizerIds: new Map(),
    ids: new Map(),
    dropped: new Map(),
    gridOf: new Map(),
    absorbed: new Set(),
    problems: [],
  };
}

/** The layer that a node belongs to. */
export function layerOf(lowering: Lowering, node: GraphNode): Layer | undefined {
  return node.layer === undefined ? undefined : lowering.graph.layers[node.layer];
}

/** `quantLinear "fc"`: what a node is to the user. */
export function describeNode(lowering: Lowering, node: GraphNode): string {
  const layer = layerOf(lowering, node);
  return layer ? `${layer.kind} "${layer.name}"` : `${node.opType} "${node.name}"`;
}

/** Reports that the node's layer cannot be trained. `message` goes on after the layer's name. */
export function reject(lowering: Lowering, node: GraphNode, message: string): void {
  const text = `${describeNode(lowering, node)} ${message}`;
  lowering.problems.push({ message: text, ...(node.layer !== undefined && { layer: node.layer }) });
}

/** A constant with data, such as a scale or a bit width that the model file states. */
export function constantValues(lowering: Lowering, name: string | undefined): readonly number[] | undefined {
  const data = lowering.graph.tensors.get(name ?? "")?.data;
  return data && Array.from(data);
}

/** Adds a value; `shape` is one sample's. */
export function addValue(lowering: Lowering, name: string, shape: Shape, layer: number | undefined): ValueId {
  lowering.values.push({ name, shape, ...(layer !== undefined && { layer }) });
  return lowering.values.length - 1;
}

/** The value that a node's output becomes. A tensor without the batch in front cannot be trained. */
export function outputValue(lowering: Lowering, node: GraphNode, tensor = node.outputs[0] ?? ""): ValueId {
  const shape = lowering.graph.tensors.get(tensor)?.shape ?? [];
  if (shape[0] !== lowering.batch) {
    const found = shape.join("×");
    reject(
      lowering,
      node,
      `makes ${found}, whose first dimension is not the batch (${lowering.batch}); keep the batch in front, so that samples stay apart.`,
    );
  }
  const id = addValue(lowering, tensor, shape.slice(1), node.layer);
  lowering.ids.set(tensor, id);
  return id;
}

/** The value that a node reads at one of its inputs; behind dropout where its layer reads a dropout's result. */
export function inputValue(lowering: Lowering, node: GraphNode, position: number): ValueId {
  const tensor = node.inputs[position] ?? "";
  const dropout = dropoutBefore(lowering, node, tensor, position);
  return dropout === undefined ? undroppedValue(lowering, tensor) : droppedValue(lowering, dropout);
}

/** The value behind a dropout layer; the first reader makes its operator. */
export function droppedValue(lowering: Lowering, index: number): ValueId {
  const known = lowering.dropped.get(index);
  if (known !== undefined) return known;
  const layer = lowering.graph.layers[index];
  if (!layer) throw new Error(`There is no dropout layer ${index}`);
  const before = layer.dropouts?.[0] ?? -1;
  const input = before >= 0 ? droppedValue(lowering, before) : undroppedValue(lowering, layer.output);
  const output = addValue(lowering, `${layer.name}.output`, shapeOf(lowering, input), index);
  const p = typeof layer.options.p === "number" ? layer.options.p : 0;
  lowering.ops.push({ kind: "dropout", name: layer.name, inputs: [input], output, p });
  lowering.dropped.set(index, output);
  copyGrid(lowering, input, output);
  return output;
}

/** Shape of one sample of a value. */
export function shapeOf(lowering: Lowering, value: ValueId): Shape {
  return lowering.values[value]?.shape ?? [];
}

/** Notes that `to` consists of the same integers times the same scale as `from`. */
export function copyGrid(lowering: Lowering, from: ValueId, to: ValueId): void {
  const grid = lowering.gridOf.get(from);
  if (grid !== undefined) lowering.gridOf.set(to, grid);
}

/** Adds a stored tensor, once. A tensor whose data the graph has starts with them. */
export function addParameter(
  lowering: Lowering,
  node: GraphNode,
  parameter: Omit<ParameterSpec, "layer" | "trainable"> & { readonly trainable?: boolean },
): string {
  const { name } = parameter;
  if (lowering.parameters.has(name)) return name;
  const data = lowering.graph.tensors.get(name)?.data;
  const init: ParameterInit = data ? { kind: "values", values: Float32Array.from(data) } : parameter.init;
  const layer = layerOf(lowering, node)?.name ?? node.name;
  lowering.parameters.set(name, { ...parameter, init, layer, trainable: parameter.trainable ?? true });
  return name;
}

/** A constant tensor of the graph; throws when it is none, because only a caller that looked may ask. */
export function constantTensor(lowering: Lowering, name: string): Tensor & { readonly shape: Shape } {
  const tensor = lowering.graph.tensors.get(name);
  if (tensor?.constant !== true || !tensor.shape) throw new Error(`${name} is no constant`);
  return { ...tensor, shape: tensor.shape };
}

function undroppedValue(lowering: Lowering, tensor: string): ValueId {
  const id = lowering.ids.get(tensor);
  if (id === undefined) throw new Error(`The tensor ${tensor} is read before it is made`);
  return id;
}

/**
 * The dropout layer through which a node sees a tensor of another layer. Where its layer reads the tensor both
 * dropped and not, the node's own inputs are the layer's, one for one.
 */
function dropoutBefore(lowering: Lowering, node: GraphNode, tensor: string, position: number): number | undefined {
  const layer = layerOf(lowering, node);
  if (!layer?.dropouts) return undefined;
  const { dropouts } = layer;
  const found = new Set(layer.inputs.flatMap((name, at) => (name === tensor ? [dropouts[at] ?? -1] : [])));
  const [first = -1] = found;
  if (found.size <= 1) return first < 0 ? undefined : first;
  if (node.inputs.length !== layer.inputs.length) {
    const advice = "quantise before the dropout instead of by inputQuant";
    reject(lowering, node, `reads a tensor both dropped and not, through one quantiser; ${advice}.`);
  }
  const own = dropouts[position] ?? -1;
  return own < 0 ? undefined : own;
}
