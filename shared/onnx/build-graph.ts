/** From ONNX's messages to the graph IR: names, shapes, order, layers. */
import { qonnxDomain } from "../graph/domains.js";
import { freshNames } from "../graph/fresh-name.js";
import type { Graph, GraphNode, Layer, Tensor } from "../graph/graph.js";
import { parseDataType } from "./datatype-name.js";
import { FileError, presentable } from "./file-error.js";
import type { GraphProto, ModelProto, ValueInfo } from "./model-proto.js";
import type { DecodedNode, NodeProto } from "./node-proto.js";
import type { DecodedTensor } from "./tensor-proto.js";
import { topologicalOrder } from "./topological-order.js";

const quantDomains = new Set(["", "onnx.brevitas", "finn.custom_op.general", qonnxDomain]);
const quantOps = new Set(["Quant", "IntQuant", "BipolarQuant", "Trunc", "FloatQuant"]);

export interface BuiltGraph {
  readonly graph: Graph;
  /** One sentence each: what was left out and why. */
  readonly notes: readonly string[];
}

/** @throws FileError for a model that is no graph: cycles, tensors made twice or never, unknown shapes. */
export function buildGraph(model: ModelProto, proto: GraphProto): BuiltGraph {
  const notes: string[] = [];
  const unsorted = completeNodes(proto.nodes, notes);
  const tensors = new Map<string, Tensor>();
  addInitializers(tensors, proto.initializers);
  const batchNames = addInputs(tensors, proto.inputs);
  addNodeOutputs(tensors, unsorted);
  const nodes = sortNodes(unsorted);
  for (const info of [...proto.valueInfo, ...proto.outputs]) addValueInfo(tensors, info, batchNames);
  addAnnotations(tensors, proto.annotations, notes);
  checkReferences(tensors, nodes, proto);
  const inputs = proto.inputs.map((input) => input.name).filter((name) => tensors.get(name)?.constant !== true);
  const opset = model.opsets.get("");
  const layers = findLayers(nodes, inputs);
  const graph: Graph = {
    name: proto.name,
    nodes,
    tensors,
    inputs,
    outputs: proto.outputs.map((output) => output.name),
    layers,
    ...(opset === undefined ? {} : { opset }),
  };
  return { graph, notes: notes.map(presentable) };
}

/** The nodes with unique names, in the file's order, and what is said about them. */
function completeNodes(decoded: readonly DecodedNode[], notes: string[]): NodeProto[] {
  const taken = new Set(decoded.map(({ node }) => node.name));
  const fresh = freshNames(taken);
  const seen = new Set<string>();
  return decoded.map(({ node, hasSubgraph }, index) => {
    if (node.name === "" || seen.has(node.name)) {
      node.name = fresh(node.name === "" ? `${node.opType}_${index}` : node.name);
      taken.add(node.name);
    }
    seen.add(node.name);
    if (quantOps.has(node.opType) && quantDomains.has(node.domain)) node.domain = qonnxDomain;
    if (hasSubgraph) {
      notes.push(
        `The node "${node.name}" (${node.opType}) contains a subgraph, which is not looked into: its cost is not counted.`,
      );
    }
    return node;
  });
}

function sortNodes(nodes: readonly NodeProto[]): readonly NodeProto[] {
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
    tensors.set(tensor.name, tensor);
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
  const producers = new Map<string, string>();
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === "") continue;
      const other = producers.get(name);
      if (other !== undefined) {
        throw new FileError(
          `The tensor "${name}" is written by two nodes, "${other}" and "${node.name}", and may have one source only; export the model again.`,
        );
      }
      if (tensors.has(name)) {
        throw new FileError(
          `The node "${node.name}" writes "${name}", which is also an input or initialiser of the graph; export the model again.`,
        );
      }
      producers.set(name, node.name);
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

/**
 * Makes a layer of each node on the data path that is not a quantiser, and tells the node. Nodes on constants only
 * are part of their consumer.
 */
function findLayers(nodes: readonly NodeProto[], inputs: readonly string[]): readonly Layer[] {
  const dynamic = new Set(inputs);
  const layers: Layer[] = [];
  for (const node of nodes) {
    const data = node.inputs.filter((input) => dynamic.has(input));
    if (data.length === 0) continue;
    for (const output of node.outputs) dynamic.add(output);
    if (node.domain === qonnxDomain) continue;
    node.layer = layers.length;
    layers.push({
      index: layers.length,
      name: node.name,
      kind: node.opType,
      options: node.attributes,
      inputs: data,
      output: node.outputs[0] ?? "",
    });
  }
  return layers;
}
