/**
 * Writes a graph as a QONNX file: `Quant` nodes in the domain "qonnx.custom_op.general", every initialiser as
 * raw data, shapes of all tensors that have one. The same graph gives the same bytes.
 */
import onnxProto, { type onnx } from "onnx-proto";
import { qonnxDomain } from "../graph/domains.js";
import type { Graph, GraphNode, Shape, Tensor, TensorData } from "../graph/graph.js";
import { annotationName } from "./datatype-name.js";
import { encodeAttribute } from "./encode-attribute.js";
import { encodeTensor } from "./encode-tensor.js";
import { constantValues } from "./placeholder-values.js";
import { elementTypeCodes } from "./tensor-proto.js";

export interface WriteOptions {
  /** Version of the program that writes, for the file's `producer_version`. */
  readonly producerVersion?: string;
  /** For the file's `metadata_props`; written in the order of the keys. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Values of constants by tensor name; they go before the graph's own. */
  readonly values?: ReadonlyMap<string, TensorData>;
  /** Default `qonnx`. */
  readonly dialect?: Dialect;
}

/**
 * `qonnx`: `Quant` in the domain "qonnx.custom_op.general". `brevitas-0.6`: as Brevitas wrote it in 2021, `Quant` in ONNX's
 * own domain without a rounding mode, opset 9, IR 6, initialisers also among the inputs.
 */
export type Dialect = "qonnx" | "brevitas-0.6";

/** IR 7 (ONNX 1.7, 2020) is the oldest in which initialisers need not be inputs and every tool of the field reads it. */
const IR_VERSION = 7;

/** Of Brevitas 0.6. */
const BREVITAS_IR_VERSION = 6;

/**
 * Operators of a model file are as opset 9 has them (attributes for `Pad` and `Clip`, and `Upsample`): the opset of
 * Brevitas 0.6's exports, which finn-base and qonnx both read.
 */
const DEFAULT_OPSET = 9;

/** The first opset with `ceil_mode` and `dilations` on pools, and the first without `Upsample`. */
const POOL_OPTIONS_OPSET = 10;

/**
 * The bytes of an ONNX file with this graph, node and tensor names kept.
 *
 * Constants without values get placeholders (see placeholder-values.ts) such that the file costs what the
 * graph costs, dense and sparse. Custom operators of the DSL are written as nodes of the domain
 * "quantlens"; what they cost is in their attributes and known to this project only.
 */
export function writeQonnx(graph: Graph, options: WriteOptions = {}): Uint8Array {
  const { ModelProto } = onnxProto.onnx;
  const isBrevitas = options.dialect === "brevitas-0.6";
  const written = isBrevitas ? brevitasDialect(graph) : graph;
  const metadata = Object.entries(options.metadata ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return ModelProto.encode({
    irVersion: isBrevitas ? BREVITAS_IR_VERSION : IR_VERSION,
    producerName: "quantlens",
    producerVersion: options.producerVersion ?? "",
    opsetImport: operatorSets(written),
    graph: encodeGraph(written, { values: options.values ?? new Map(), initializersAsInputs: isBrevitas }),
    metadataProps: metadata.map(([key, value]) => ({ key, value })),
  }).finish();
}

function operatorSets(graph: Graph): onnx.IOperatorSetIdProto[] {
  const domains = new Set(graph.nodes.map((node) => node.domain));
  domains.delete("");
  const others = [...domains].sort().map((domain) => ({ domain, version: 1 }));
  return [{ domain: "", version: graph.opset ?? modelFileOpset(graph) }, ...others];
}

/** The quantisers in ONNX's own domain; the rounding mode is what Brevitas 0.6 does not write. */
function brevitasDialect(graph: Graph): Graph {
  const nodes = graph.nodes.map((node): GraphNode => {
    if (node.domain !== qonnxDomain) return node;
    const attributes = Object.fromEntries(Object.entries(node.attributes).filter(([name]) => name !== "rounding_mode"));
    return { ...node, domain: "", attributes };
  });
  return { ...graph, nodes };
}

function modelFileOpset(graph: Graph): number {
  return needsOpset10(graph) ? POOL_OPTIONS_OPSET : DEFAULT_OPSET;
}

/** True when a pool has an option that opset 9 has not. */
export function needsOpset10({ nodes }: Graph): boolean {
  const has = (opTypes: readonly string[], attributes: readonly string[]) =>
    nodes.some((node) => opTypes.includes(node.opType) && attributes.every((name) => name in node.attributes));
  const poolOptions = has(["MaxPool", "AveragePool"], ["ceil_mode"]) || has(["MaxPool"], ["dilations"]);
  return poolOptions && !has(["Upsample"], []);
}

interface GraphEncoding {
  readonly values: ReadonlyMap<string, TensorData>;
  readonly initializersAsInputs: boolean;
}

function encodeGraph(graph: Graph, { values, initializersAsInputs }: GraphEncoding): onnx.IGraphProto {
  const valueOf = constantValues(graph, values);
  const produced = new Set(graph.nodes.flatMap((node) => node.outputs));
  const ends = new Set([...graph.inputs, ...graph.outputs]);
  const tensors = [...graph.tensors.values()];
  const constants = tensors.filter((tensor) => tensor.constant === true && !produced.has(tensor.name));
  const inner = tensors.filter((tensor) => produced.has(tensor.name) && !ends.has(tensor.name));
  return {
    name: graph.name === "" ? "model" : graph.name,
    node: graph.nodes.map(encodeNode),
    initializer: constants.map((tensor) => {
      const { name, elementType, shape = [] } = tensor;
      return encodeTensor({ name, elementType, shape, data: valueOf(tensor) });
    }),
    input: [
      ...graph.inputs.map((name) => valueInfo(name, graph.tensors.get(name))),
      ...(initializersAsInputs ? constants.map((tensor) => valueInfo(tensor.name, { shape: [], ...tensor })) : []),
    ],
    output: graph.outputs.map((name) => valueInfo(name, graph.tensors.get(name))),
    // ONNX has no "unknown" element type in a value information, so what is not known is left out.
    valueInfo: inner.filter(hasType).map((tensor) => valueInfo(tensor.name, tensor)),
    quantizationAnnotation: tensors.flatMap(annotation),
  };
}

function encodeNode(node: GraphNode): onnx.INodeProto {
  return {
    name: node.name,
    opType: node.opType,
    domain: node.domain,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value, node.domain)),
  };
}

function hasType(tensor: Tensor): boolean {
  return tensor.shape !== undefined && tensor.elementType !== "undefined";
}

function valueInfo(name: string, tensor: Tensor | undefined): onnx.IValueInfoProto {
  const elementType = tensor === undefined || tensor.elementType === "undefined" ? "float32" : tensor.elementType;
  const tensorType = {
    elemType: elementTypeCodes[elementType],
    ...(tensor?.shape && { shape: encodeShape(tensor.shape) }),
  };
  return { name, type: { tensorType } };
}

function encodeShape(shape: Shape): onnx.ITensorShapeProto {
  return { dim: shape.map((dimValue) => ({ dimValue })) };
}

function annotation(tensor: Tensor): onnx.ITensorAnnotation[] {
  const value = tensor.dataType && annotationName(tensor.dataType);
  if (value === undefined) return [];
  return [{ tensorName: tensor.name, quantParameterTensorNames: [{ key: "finn_datatype", value }] }];
}
