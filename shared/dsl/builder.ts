/**
 * The graph under construction: the state that layers add to, and nothing that a user sees. Shapes are inferred
 * with each node; data types only when somebody asks (`x.dataType`).
 */
import type { DataType } from "../graph/datatype.js";
import type { AttributeValue, GraphJson, GraphNode, Layer, NodeRole, Origin, Shape } from "../graph/graph.js";
import type { Tensor as GraphTensor } from "../graph/graph.js";
import { inferNodeDataTypes } from "../graph/infer-datatypes.js";
import { inferNodeShapes } from "../graph/infer-shapes.js";
import { newLayerNames, uniqueName, type LayerNames, type NameCounters } from "./names.js";

/** A tensor of the graph whose shape is known. */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
}

export interface Draft {
  readonly nodes: GraphNode[];
  readonly tensors: Map<string, GraphTensor>;
  readonly layers: Layer[];
  readonly input: Value;
  /** The last layer's output: what stands in for an argument that is no tensor. */
  latest: Value;
  readonly tensorNames: NameCounters;
  readonly nodeNames: NameCounters;
  readonly layerNames: LayerNames;
  /** Scalar constants that quantisers share: bit widths and the zero point 0. */
  readonly shared: Map<string, Value>;
  /** Data types of the tensors of the first `typedNodes` nodes. */
  readonly dataTypes: Map<string, DataType>;
  typedNodes: number;
}

/** A node before its output exists. */
export interface NodeDraft {
  readonly name: string;
  readonly opType: string;
  readonly domain?: string;
  readonly inputs: readonly Value[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly layer: number;
  readonly role: NodeRole;
  readonly quantizerOrigin?: Origin | undefined;
}

export function newDraft(inputShape: Shape): Draft {
  const input = { name: "input", shape: inputShape };
  return {
    nodes: [],
    tensors: new Map([[input.name, { ...input, elementType: "float32" }]]),
    layers: [],
    input,
    latest: input,
    tensorNames: new Map([[input.name, 1]]),
    nodeNames: new Map(),
    layerNames: newLayerNames(),
    shared: new Map(),
    dataTypes: new Map(),
    typedNodes: 0,
  };
}

/** Adds a constant; without `data` its values are a parameter that is not known yet. */
export function addConstant(draft: Draft, name: string, shape: Shape, data?: Float32Array | Float64Array): Value {
  const unique = uniqueName(draft.tensorNames, name);
  const elementType = data instanceof Float64Array ? "int64" : "float32";
  draft.tensors.set(unique, { name: unique, elementType, shape, constant: true, ...(data && { data }) });
  return { name: unique, shape };
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
  node: NodeDraft,
): { readonly value: Value; readonly problems: readonly string[] } {
  const name = uniqueName(draft.nodeNames, node.name);
  const output = uniqueName(draft.tensorNames, `${node.name}.output`);
  const graphNode: GraphNode = {
    name,
    opType: node.opType,
    domain: node.domain ?? "",
    inputs: node.inputs.map((input) => input.name),
    outputs: [output],
    attributes: node.attributes ?? {},
    layer: node.layer,
    role: node.role,
    ...(node.quantizerOrigin && { quantizerOrigin: node.quantizerOrigin }),
  };
  const { value, problems } = inferNodeShapes(
    graphNode,
    node.inputs.map((input) => draft.tensors.get(input.name)),
  );
  const shape = value[0] ?? node.inputs[0]?.shape ?? [];
  draft.nodes.push(graphNode);
  draft.tensors.set(output, { name: output, elementType: "float32", shape });
  return { value: { name: output, shape }, problems };
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

/** A copy as plain JSON. */
export function graphJson(draft: Draft, name: string, output: string): GraphJson {
  return {
    name,
    nodes: [...draft.nodes],
    tensors: Array.from(draft.tensors.values(), ({ data, ...tensor }) => ({
      ...tensor,
      ...(data && { data: [...data] }),
    })),
    inputs: [draft.input.name],
    outputs: [output],
    layers: [...draft.layers],
  };
}
