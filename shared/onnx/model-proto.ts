/** ONNX's `ModelProto` and `GraphProto` as plain data, without documentation strings. */
import type { ElementType } from "../graph/graph.js";
import { FileError } from "./file-error.js";
import { type DecodedNode, readNode } from "./node-proto.js";
import { type DecodedTensor, elementTypeOf, readTensor } from "./tensor-proto.js";
import { readStringEntry, type WireReader } from "./wire.js";

export interface ModelProto {
  readonly irVersion: number;
  /** Version per domain; ONNX's own is "" ("ai.onnx" is the same). */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: GraphProto | undefined;
}

export interface GraphProto {
  readonly name: string;
  readonly nodes: readonly DecodedNode[];
  readonly initializers: readonly DecodedTensor[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly valueInfo: readonly ValueInfo[];
  /** FINN's data type names per tensor. */
  readonly annotations: ReadonlyMap<string, string>;
}

/** One dimension: a number, or the name that stands for it ("" when the file gives none). */
export type Dimension = number | string;

export interface ValueInfo {
  readonly name: string;
  /** Absent for sequences, maps and optionals. */
  readonly elementType?: ElementType;
  readonly dims?: readonly Dimension[];
}

/** Reads a `ModelProto`. @throws FileError where the bytes are not one. */
export function readModel(reader: WireReader): ModelProto {
  const opsets = new Map<string, number>();
  let irVersion = 0;
  let graph: GraphProto | undefined;
  while (reader.next()) {
    if (reader.field === 1) irVersion = reader.integer();
    else if (reader.field === 7) {
      if (graph !== undefined) reader.fail("a second graph begins");
      graph = readGraph(reader.message("graph"));
    } else if (reader.field === 8) {
      const { key, value } = readOpset(reader.message("operator set", opsets.size));
      opsets.set(key === "ai.onnx" ? "" : key, value);
    } else reader.skip();
  }
  return { irVersion, opsets, graph };
}

function readOpset(reader: WireReader): { key: string; value: number } {
  let key = "";
  let value = 0;
  while (reader.next()) {
    if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = reader.integer();
    else reader.skip();
  }
  return { key, value };
}

function readGraph(reader: WireReader): GraphProto {
  const nodes: DecodedNode[] = [];
  const initializers: DecodedTensor[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const valueInfo: ValueInfo[] = [];
  const annotations = new Map<string, string>();
  let name = "";
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        nodes.push(readNode(reader.message("node", nodes.length)));
        break;
      case 2:
        name = reader.string();
        break;
      case 5:
        initializers.push(readTensor(reader.message("initialiser", initializers.length)));
        break;
      case 11:
        inputs.push(readValueInfo(reader.message("input", inputs.length)));
        break;
      case 12:
        outputs.push(readValueInfo(reader.message("output", outputs.length)));
        break;
      case 13:
        valueInfo.push(readValueInfo(reader.message("value information", valueInfo.length)));
        break;
      case 14:
        readAnnotation(reader.message("data type annotation", annotations.size), annotations);
        break;
      case 15:
        throw new FileError(
          "An initialiser is stored as a sparse tensor, which is not supported; save the model with dense initialisers.",
        );
      default:
        reader.skip();
    }
  }
  return { name, nodes, initializers, inputs, outputs, valueInfo, annotations };
}

/** What a tensor without values takes on the heap (see wire.ts). */
const VALUE_INFO_BYTES = 160;

function readValueInfo(reader: WireReader): ValueInfo {
  reader.charge(VALUE_INFO_BYTES);
  let name = "";
  let type: TensorType = {};
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) type = readTensorType(reader.message("type"));
    else reader.skip();
  }
  return { name, ...type };
}

type TensorType = Omit<ValueInfo, "name">;

/** `TypeProto`: the element type and dimensions if it is a tensor's. */
function readTensorType(reader: WireReader): TensorType {
  let type: TensorType = {};
  while (reader.next()) {
    if (reader.field === 1) type = readTensorTypeFields(reader.message("tensor type"));
    else reader.skip();
  }
  return type;
}

function readTensorTypeFields(reader: WireReader): TensorType {
  let elementType: ElementType = "undefined";
  let dims: readonly Dimension[] | undefined;
  while (reader.next()) {
    if (reader.field === 1) elementType = elementTypeOf(reader.integer()) ?? "undefined";
    else if (reader.field === 2) dims = readShape(reader.message("shape"));
    else reader.skip();
  }
  return dims === undefined ? { elementType } : { elementType, dims };
}

function readShape(reader: WireReader): Dimension[] {
  const dims: Dimension[] = [];
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const dimension = reader.message("dimension", dims.length);
    let value: Dimension = "";
    while (dimension.next()) {
      if (dimension.field === 1) value = dimension.integer();
      else if (dimension.field === 2) value = dimension.string();
      else dimension.skip();
    }
    dims.push(value);
  }
  return dims;
}

function readAnnotation(reader: WireReader, annotations: Map<string, string>): void {
  reader.charge(VALUE_INFO_BYTES);
  let tensor = "";
  let dataType: string | undefined;
  while (reader.next()) {
    if (reader.field === 1) tensor = reader.string();
    else if (reader.field === 2) {
      const entry = readStringEntry(reader.message("entry"));
      if (entry.key === "finn_datatype") dataType = entry.value;
    } else reader.skip();
  }
  if (dataType !== undefined) annotations.set(tensor, dataType);
}
