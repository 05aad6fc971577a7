/** From ONNX's messages to the graph IR: names, shapes, order, layers. */
import type { AttributeValue, Graph, GraphNode, Layer, Tensor } from "../graph/graph.js";
import { parseDataType } from "./datatype-name.js";
import { FileError } from "./file-error.js";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfo } from "./model-proto.js";
import type { DecodedTensor } from "./tensor-proto.js";
import { topologicalOrder } from "./topological-order.js";

/** The domain that `Quant` nodes have in this project, whatever the file's exporter called it. */
export const QUANT_DOMAIN = "qonnx.custom_op.general";

const quantDomains = new Set(["", "onnx.brevitas", "finn.custom_op.general", QUANT_DOMAIN]);
const quantOps = new Set(["Quant", "IntQuant", "BipolarQuant", "Trunc", "FloatQuant"]);

export interface BuiltGraph {
  readonly graph: Graph;
  /** One sentence each: what was left out and why. */
  readonly notes: readonly string[];
}

/** @throws FileError for a model that is no graph: cycles, tensors made twice or never, unknown shapes. */
export function buildGraph(model: ModelProto, proto: GraphProto): BuiltGraph {
  const notes: string[] = [];
  const nodes = sortNodes(uniqueNames(proto.nodes).map((node) => graphNode(node, notes)));
  const tensors = new Map<string, Tensor>();
  addInitializers(tensors, proto.initializers);
  const batchNames = addInputs(tensors, proto.inputs);
  addNodeOutputs(tensors, nodes);
  for (const info of [...proto.valueInfo, ...proto.outputs]) addValueInfo(tensors, info, batchNames);
  addAnnotations(tensors, proto.annotations, notes);
  checkReferences(tensors, nodes, proto);
  const inputs = proto.inputs.map((input) => input.name).filter((name) => tensors.get(name)?.constant !== true);
  const opset = model.opsets.get("");
  const { layers, layerOf } = findLayers(nodes, inputs);
  const graph: Graph = {
    name: proto.name,
    nodes: nodes.map((node) => withLayer(node, layerOf.get(node.name))),
    tensors,
    inputs,
    outputs: proto.outputs.map((output) => output.name),
    layers,
    ...(opset === undefined ? {} : { opset }),
  };
  return { graph, notes };
}

/** Names are kept where they are unique; an absent one becomes the operator and the position. */
function uniqueNames(nodes: readonly NodeProto[]): NodeProto[] {
  const taken = new Set(nodes.map((node) => node.name));
  const seen = new Set<string>();
  const fresh = (base: string): string => {
    let name = base;
    for (let suffix = 1; taken.has(name); suffix++) name = `${base}_${suffix}`;
    taken.add(name);
    return name;
  };
  return nodes.map((node, index) => {
    const keep = node.name !== "" && !seen.has(node.name);
    const name = keep ? node.name : fresh(node.name === "" ? `${node.opType}_${index}` : node.name);
    seen.add(name);
    return { ...node, name };
  });
}

function graphNode(node: NodeProto, notes: string[]): GraphNode {
  const attributes = node.attributes.flatMap((attribute) => attributeEntries(attribute, node, notes));
  const repeated = attributes.find(([name], index) => attributes.findIndex(([other]) => other === name) !== index);
  if (repeated !== undefined) {
    throw new FileError(
      `The node "${node.name}" (${node.opType}) has the attribute "${repeated[0]}" twice; export the model again.`,
    );
  }
  const domain = quantOps.has(node.opType) && quantDomains.has(node.domain) ? QUANT_DOMAIN : node.domain;
  const { name, opType, inputs, outputs } = node;
  // fromEntries defines own properties, so that a name such as "__proto__" is a name like any other.
  return { name, opType, domain, inputs, outputs, attributes: Object.fromEntries(attributes) };
}

/** The attribute, with every form of a `Constant` node's value turned into the tensor `value`. */
function attributeEntries(attribute: AttributeProto, node: NodeProto, notes: string[]): [string, AttributeValue][] {
  const { name, value } = attribute;
  if (attribute.subgraph) {
    notes.push(
      `The node "${node.name}" (${node.opType}) contains a subgraph, which is not looked into: its cost is not counted.`,
    );
    return [];
  }
  if (value === undefined) return [];
  if (typeof value === "object" && "elementType" in value) return [[name, constantTensor(value)]];
  if (node.opType === "Constant" && node.domain === "") return constantValue(name, value, node);
  return [[name, value]];
}

function constantValue(
  name: string,
  value: number | string | readonly number[] | readonly string[],
  node: NodeProto,
): [string, AttributeValue][] {
  const tensorName = node.outputs[0] ?? "";
  const values = typeof value === "object" ? value : [value];
  const shape = typeof value === "object" ? [value.length] : [];
  const numbers = values.filter((item) => typeof item === "number");
  const base = { name: tensorName, shape, constant: true };
  switch (name) {
    case "value_float":
    case "value_floats":
      return [["value", { ...base, elementType: "float32", data: Float32Array.from(numbers) }]];
    case "value_int":
    case "value_ints":
      return [["value", { ...base, elementType: "int64", data: Float64Array.from(numbers) }]];
    case "value_string":
    case "value_strings":
      return [["value", { ...base, elementType: "string" }]];
    default:
      return [[name, value]];
  }
}

function constantTensor(tensor: DecodedTensor): Tensor {
  return { ...tensor, constant: true };
}

function sortNodes(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const producers = new Map<string, string>();
  for (const node of nodes) {
    for (const output of node.outputs) {
      if (output === "") continue;
      const other = producers.get(output);
      if (other !== undefined) {
        throw new FileError(
          `The tensor "${output}" is written by two nodes, "${other}" and "${node.name}", and may have one source only; export the model again.`,
        );
      }
      producers.set(output, node.name);
    }
  }
  const result = topologicalOrder(nodes);
  if ("cycle" in result) {
    const path = result.cycle
      .slice(0, 5)
      .map((name) => `"${name}"`)
      .join(", ");
    throw new FileError(
      `The graph has a cycle through ${result.cycle.length === 1 ? "the node" : `${result.cycle.length} nodes:`} ${path}${result.cycle.length > 5 ? ", ..." : ""}; a network to be priced must be free of cycles: unroll the loop.`,
    );
  }
  return result.order;
}

function addInitializers(tensors: Map<string, Tensor>, initializers: readonly DecodedTensor[]): void {
  for (const tensor of initializers) {
    if (tensor.name === "")
      throw new FileError("An initialiser has no name, so that no node can use it; export the model again.");
    if (tensors.has(tensor.name))
      throw new FileError(`There are two initialisers named "${tensor.name}"; export the model again.`);
    tensors.set(tensor.name, constantTensor(tensor));
  }
}

/**
 * Adds the dynamic inputs. A free first dimension is the batch and becomes 1.
 * @returns the names that stand for the batch.
 */
function addInputs(tensors: Map<string, Tensor>, inputs: readonly ValueInfo[]): ReadonlySet<string> {
  const batchNames = new Set<string>();
  const seen = new Set<string>();
  for (const input of inputs) {
    if (seen.has(input.name))
      throw new FileError(`There are two inputs named "${input.name}"; export the model again.`);
    seen.add(input.name);
    if (tensors.has(input.name)) continue;
    if (input.elementType === undefined)
      throw new FileError(`The input "${input.name}" is not a tensor; only tensor inputs can be priced.`);
    if (input.dims === undefined) {
      throw new FileError(
        `The input "${input.name}" has no shape; export the model with a fixed input shape, as (1, 2, 1024).`,
      );
    }
    const shape = input.dims.map((dim, index) => {
      if (typeof dim === "number" && Number.isSafeInteger(dim) && dim > 0) return dim;
      if (index > 0 || (typeof dim === "number" && dim !== 0)) {
        throw new FileError(
          `Dimension ${index} of the input "${input.name}" is ${dim === "" ? "open" : String(dim)}, where a positive number is needed; export the model with a fixed input shape.`,
        );
      }
      if (typeof dim === "string" && dim !== "") batchNames.add(dim);
      return 1;
    });
    tensors.set(input.name, { name: input.name, elementType: input.elementType, shape });
  }
  return batchNames;
}

function addNodeOutputs(tensors: Map<string, Tensor>, nodes: readonly GraphNode[]): void {
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === "") continue;
      if (tensors.has(name)) {
        throw new FileError(
          `The node "${node.name}" writes "${name}", which is also an input or initialiser of the graph; export the model again.`,
        );
      }
      tensors.set(name, { name, elementType: "undefined" });
    }
  }
}

/** Types and shapes that the file states for inner tensors; shapes that are not all numbers are left to inference. */
function addValueInfo(tensors: Map<string, Tensor>, info: ValueInfo, batchNames: ReadonlySet<string>): void {
  const tensor = tensors.get(info.name);
  if (tensor === undefined || tensor.shape !== undefined) return;
  const dims = info.dims?.map((dim) => (typeof dim === "string" && batchNames.has(dim) ? 1 : dim));
  const shape = dims?.filter((dim) => typeof dim === "number" && Number.isSafeInteger(dim) && dim > 0) as
    number[] | undefined;
  const known = shape !== undefined && shape.length === dims?.length;
  tensors.set(info.name, {
    ...tensor,
    elementType: info.elementType ?? tensor.elementType,
    ...(known ? { shape } : {}),
  });
}

function addAnnotations(tensors: Map<string, Tensor>, annotations: ReadonlyMap<string, string>, notes: string[]): void {
  for (const [name, annotation] of annotations) {
    const tensor = tensors.get(name);
    if (tensor === undefined) continue;
    const dataType = parseDataType(annotation);
    if (dataType === undefined)
      notes.push(`The data type "${annotation}" that the file notes for "${name}" is not known and is left out.`);
    else tensors.set(name, { ...tensor, dataType });
  }
}

function checkReferences(tensors: ReadonlyMap<string, Tensor>, nodes: readonly GraphNode[], proto: GraphProto): void {
  for (const node of nodes) {
    const missing = node.inputs.find((input) => input !== "" && !tensors.has(input));
    if (missing !== undefined) {
      throw new FileError(
        `The node "${node.name}" (${node.opType}) reads "${missing}", which is no input, no initialiser and no node's output; export the model again.`,
      );
    }
  }
  const missing = proto.outputs.find((output) => !tensors.has(output.name));
  if (missing !== undefined)
    throw new FileError(`The output "${missing.name}" of the graph is written by no node; export the model again.`);
  if (proto.outputs.length === 0)
    throw new FileError("The graph has no output, so that nothing of it is used; export the model again.");
}

/** A layer per node on the data path that is not a quantiser; nodes on constants only are part of their consumer. */
function findLayers(
  nodes: readonly GraphNode[],
  inputs: readonly string[],
): { layers: Layer[]; layerOf: Map<string, number> } {
  const dynamic = new Set(inputs);
  const layers: Layer[] = [];
  const layerOf = new Map<string, number>();
  for (const node of nodes) {
    const data = node.inputs.filter((input) => dynamic.has(input));
    if (data.length === 0) continue;
    for (const output of node.outputs) dynamic.add(output);
    if (node.domain === QUANT_DOMAIN) continue;
    layerOf.set(node.name, layers.length);
    layers.push({
      index: layers.length,
      name: node.name,
      kind: node.opType,
      options: node.attributes,
      inputs: data,
      output: node.outputs[0] ?? "",
    });
  }
  return { layers, layerOf };
}

function withLayer(node: GraphNode, layer: number | undefined): GraphNode {
  return layer === undefined ? node : { ...node, layer };
}
