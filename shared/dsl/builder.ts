/**
 * The graph under construction: the state that layers add to, and nothing that a user sees. Shapes are inferred
 * with each node; data types only when somebody asks (`x.dataType`).
 */
import type { DataType } from "../graph/datatype.js";
import { elementCount } from "../graph/graph.js";
import type { AttributeValue, GraphJson, GraphNode, Layer, NodeRole, Origin, Shape } from "../graph/graph.js";
import type { Tensor as GraphTensor } from "../graph/graph.js";
import { inferNodeDataTypes } from "../graph/infer-datatypes.js";
import { inferNodeShapes } from "../graph/infer-shapes.js";
import { newLayerNames, uniqueName, type LayerNames, type NameCounters } from "./names.js";
import { takeRoom } from "./session.js";

/** A tensor of the graph whose shape is known. */
export interface Value extends GraphTensor {
  readonly shape: Shape;
  /** Index of the dropout layer whose result it is; the tensor is that layer's input. */
  readonly dropout?: number;
}

export interface Draft {
  readonly nodes: GraphNode[];
  readonly nodeNames: Set<string>;
  readonly tensors: Map<string, Value>;
  readonly layers: Layer[];
  readonly layerNames: LayerNames;
  readonly input: Value;
  /** The last layer's output: what stands in for an argument that is no tensor. */
  latest: Value;
  /** Of names of nodes and tensors. */
  readonly counters: NameCounters;
  /** Scalar constants that quantisers share: bit widths and the zero point 0. */
  readonly shared: Map<string, Value>;
  /** The scale constant of each quantised tensor. */
  readonly scales: Map<string, Value>;
  /** Data types of the tensors of the first `typedNodes` nodes. */
  readonly dataTypes: Map<string, DataType>;
  typedNodes: number;
}

/** A node before it has names. */
export interface NodeDraft {
  readonly opType: string;
  readonly inputs: readonly Value[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Default ONNX's own. */
  readonly domain?: string;
  /** Default `op`. */
  readonly role?: NodeRole;
  readonly quantizerOrigin?: Origin | undefined;
}

const noAttributes = Object.freeze({});

export function newDraft(inputShape: Shape): Draft {
  const input: Value = { name: "input", elementType: "float32", shape: inputShape };
  return {
    nodes: [],
    nodeNames: new Set(),
    tensors: new Map([[input.name, input]]),
    layers: [],
    layerNames: newLayerNames(),
    input,
    latest: input,
    counters: new Map(),
    shared: new Map(),
    scales: new Map(),
    dataTypes: new Map(),
    typedNodes: 0,
  };
}

/** Adds a constant; without `data` its values are a parameter that is not known yet. */
export function addConstant(draft: Draft, wanted: string, shape: Shape, data?: Float32Array | Float64Array): Value {
  takeRoom(shape.length + (data?.length ?? 0));
  const name = uniqueName(draft.tensors, draft.counters, wanted);
  const elementType = data instanceof Float64Array ? "int64" : "float32";
  const constant: Value = data
    ? { name, elementType, shape, constant: true, data }
    : { name, elementType, shape, constant: true };
  draft.tensors.set(name, constant);
  return constant;
}

/** A scalar constant that all users share. */
export function sharedScalar(draft: Draft, name: string, value: number): Value {
  const existing = draft.shared.get(name);
  if (existing) return existing;
  const constant = addConstant(draft, name, [], Float32Array.of(value));
  draft.shared.set(name, constant);
  return constant;
}

/** Adds a node with one output. `problems` are sentences about shapes that do not fit; the shape is then a guess. */
export function addNode(
  draft: Draft,
  layer: number,
  wanted: string,
  node: NodeDraft,
): { readonly value: Value; readonly problems: readonly string[] } {
  const { opType, domain = "", attributes = noAttributes, role = "op", quantizerOrigin } = node;
  const name = uniqueName(draft.nodeNames, draft.counters, wanted);
  const output = uniqueName(draft.tensors, draft.counters, `${name}.output`);
  const inputs = node.inputs.map((input) => input.name);
  const outputs = [output];
  const graphNode: GraphNode = quantizerOrigin
    ? { name, opType, domain, inputs, outputs, attributes, layer, role, quantizerOrigin }
    : { name, opType, domain, inputs, outputs, attributes, layer, role };
  const { value: shapes, problems } = inferNodeShapes(graphNode, node.inputs);
  const shape = shapes[0] ?? node.inputs[0]?.shape ?? [];
  const value: Value = { name: output, elementType: "float32", shape };
  // Counts beyond are no longer exact, and soon not even numbers: such a node is left out.
  if (elementCount(shape) > Number.MAX_SAFE_INTEGER) {
    const found = `${opType} would have an output of ${shape.join("×")}, more than 2^53 elements`;
    return { value: node.inputs[0] ?? draft.latest, problems: [`${found}; it is left out.`] };
  }
  takeRoom(shape.length);
  draft.nodes.push(graphNode);
  draft.nodeNames.add(name);
  draft.tensors.set(output, value);
  return { value, problems };
}

/** finn-base's data type of a tensor. Nodes are typed in order and once, so all questions together are linear. */
export function dataTypeOf(draft: Draft, tensor: string): DataType {
  const { nodes, dataTypes } = draft;
  for (; draft.typedNodes < nodes.length; draft.typedNodes++) {
    const node = nodes[draft.typedNodes];
    if (!node) continue;
    const inputs = node.inputs.map((name) => {
      const input = draft.tensors.get(name);
      return input && { dataType: dataTypes.get(name) ?? "FLOAT32", tensor: input };
    });
    const types = inferNodeDataTypes(node, inputs, "finn-base");
    node.outputs.forEach((name, index) => dataTypes.set(name, types[index] ?? "FLOAT32"));
  }
  return dataTypes.get(tensor) ?? "FLOAT32";
}

type PlainTensor = GraphJson["tensors"][number];

/** Few tensors have values; the others are plain already and not copied, which thousands of them would feel. */
function plainTensor(tensor: Value): PlainTensor {
  return isPlain(tensor) ? tensor : { ...tensor, data: [...(tensor.data ?? [])] };
}

function isPlain(tensor: Value): tensor is Value & { readonly data?: never } {
  return tensor.data === undefined;
}

/** A copy as plain JSON. */
export function graphJson(draft: Draft, name: string, output: string): GraphJson {
  return {
    name,
    nodes: [...draft.nodes],
    tensors: Array.from(draft.tensors.values(), plainTensor),
    inputs: [draft.input.name],
    outputs: [output],
    layers: [...draft.layers],
  };
}
