/**
 * The one graph IR. Model files and ONNX files both become a `Graph`; cost, rules and writers read it.
 *
 * A node is an ONNX-like operator. Quantisers are explicit `Quant` nodes with inputs
 * (x, scale, zeroPoint, bitWidth). Everything is immutable once built; derived results are memoised
 * on the object's identity.
 */
import type { DataType } from "./datatype.js";

export type Shape = readonly number[];

/** ONNX element types, by ONNX's own lower-case names. */
export type ElementType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int4"
  | "uint4"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "bool"
  | "string"
  | "undefined";

/** Values of a constant. int64/uint64 are widened to float64 (exact up to 2^53; the reader refuses more). */
export type TensorData =
  Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

export interface Tensor {
  readonly name: string;
  readonly elementType: ElementType;
  /** Unknown until inferred; a dimension is always a number here (batch 1). */
  readonly shape?: Shape;
  /** Initialiser or folded value. A model file's parameters are constants *without* data until weights are picked. */
  readonly constant?: boolean;
  readonly data?: TensorData;
  /**
   * Share of non-zero **quantised** elements, 0..1, when it is known other than by counting `data`
   * (a what-if). Absent: counted when there is data, else 1.
   */
  readonly density?: number;
  /** A data type annotated by the file (`quantization_annotation`) or known otherwise. */
  readonly dataType?: DataType;
}

export type AttributeValue = number | string | readonly number[] | readonly string[] | Tensor;

/** What a node does within its layer; absent for nodes that came from an ONNX file. */
export type NodeRole = "mac" | "op" | "weightQuant" | "biasQuant" | "inputQuant" | "actQuant" | "outputQuant";

export interface GraphNode {
  /** Unique within the graph. */
  readonly name: string;
  readonly opType: string;
  /** "" is ONNX's own; `Quant` nodes have "qonnx.custom_op.general"; the DSL's custom ops "quantlens". */
  readonly domain: string;
  /** Tensor names; "" for an absent optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Index into `Graph.layers`. */
  readonly layer?: number;
  readonly role?: NodeRole;
  /** Quant nodes of a model file: where the quantiser (`int(6)`) was written. */
  readonly quantizerOrigin?: Origin;
}

/** One execution of a DSL layer function (or, from ONNX, one compute node). */
export interface Layer {
  readonly index: number;
  /** Stable name: `name`/`scope` when given, else from the call chain and the index. */
  readonly name: string;
  /** The DSL function (`quantConv1d`) or the ONNX op type (`Conv`). */
  readonly kind: string;
  /** Options after defaults, as JSON. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Tensor names. */
  readonly inputs: readonly string[];
  readonly output: string;
  /**
   * Per input, the index of the dropout layer whose result it is, or -1; absent when there is none. Dropout leaves no node,
   * so its result has its input's name, and only this tells which of a tensor's readers sees it dropped.
   */
  readonly dropouts?: readonly number[];
  /** Absent for ONNX graphs and where a model file runs without marks. */
  readonly origin?: Origin;
}

/** Ids into the marked program's tables (see sandbox/program.ts). */
export type CallId = number;
export type ElementId = number;

/** Where something was made: the chain of call sites, outermost first, the leaf call last. */
export interface Origin {
  readonly calls: readonly CallId[];
  /** Array elements ("config rows") in whose turn it was made, outermost first. */
  readonly rows: readonly ElementId[];
}

export interface Graph {
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly GraphNode[];
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Names of the dynamic inputs (initialisers that ONNX also lists as inputs are left out). */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly layers: readonly Layer[];
  /** Of an ONNX file. */
  readonly opset?: number;
}

/** A `Graph` as plain JSON: what crosses the sandbox. */
export interface GraphJson {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly tensors: readonly (Omit<Tensor, "data"> & { readonly data?: readonly number[] })[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly layers: readonly Layer[];
}

/** Rebuilds a graph from its JSON. Constants with data become float32 (float) or float64 (integer) arrays. */
export function graphFromJson(json: GraphJson): Graph {
  const tensors = new Map<string, Tensor>();
  for (const tensor of json.tensors) tensors.set(tensor.name, isPlain(tensor) ? tensor : withData(tensor));
  return { ...json, tensors };
}

type TensorJson = GraphJson["tensors"][number];

/** Few tensors have values; the others are as they should be, and thousands of copies would be felt. */
function isPlain(tensor: TensorJson): tensor is TensorJson & { readonly data?: never } {
  return tensor.data === undefined;
}

function withData({ data = [], ...tensor }: TensorJson): Tensor {
  return { ...tensor, data: tensor.elementType === "float32" ? Float32Array.from(data) : Float64Array.from(data) };
}

/** Number of elements; 1 for a scalar. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
