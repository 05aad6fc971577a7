/** ONNX's messages as plain data, without documentation strings and without subgraphs. */
import type { ElementType } from "../graph/graph.js";
import { FileError } from "./file-error.js";
import { exactInteger } from "./raw-data.js";
import { type DecodedTensor, elementTypeOf, readTensor } from "./tensor-proto.js";
import { charge, readStringEntry, type WireReader } from "./wire.js";

export interface ModelProto {
  readonly irVersion: number;
  /** Version per domain; ONNX's own is "" ("ai.onnx" is the same). */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: GraphProto | undefined;
}

export interface GraphProto {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly DecodedTensor[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly valueInfo: readonly ValueInfo[];
  /** FINN's data type names per tensor. */
  readonly annotations: ReadonlyMap<string, string>;
}

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly AttributeProto[];
}

export interface AttributeProto {
  readonly name: string;
  /** Absent for what has no value here: subgraphs, sparse tensors, types. */
  readonly value?: number | string | readonly number[] | readonly string[] | DecodedTensor;
  readonly subgraph: boolean;
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
      graph = readGraph(reader.message("the graph"));
    } else if (reader.field === 8) {
      const { key, value } = readOpset(reader.message("the operator sets"));
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
  const nodes: NodeProto[] = [];
  const initializers: DecodedTensor[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const valueInfo: ValueInfo[] = [];
  const annotations = new Map<string, string>();
  let name = "";
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        nodes.push(readNode(reader.message(`node ${nodes.length}`)));
        break;
      case 2:
        name = reader.string();
        break;
      case 5:
        initializers.push(
          readTensor(reader.message(`initialiser ${initializers.length}`), `initialiser ${initializers.length}`),
        );
        break;
      case 11:
        inputs.push(readValueInfo(reader.message(`input ${inputs.length}`)));
        break;
      case 12:
        outputs.push(readValueInfo(reader.message(`output ${outputs.length}`)));
        break;
      case 13:
        valueInfo.push(readValueInfo(reader.message("the value information")));
        break;
      case 14:
        readAnnotation(reader.message("a data type annotation"), annotations);
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

function readNode(reader: WireReader): NodeProto {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: AttributeProto[] = [];
  let name = "";
  let opType = "";
  let domain = "";
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        inputs.push(reader.string());
        break;
      case 2:
        outputs.push(reader.string());
        break;
      case 3:
        name = reader.string();
        break;
      case 4:
        opType = reader.string();
        break;
      case 5:
        attributes.push(readAttribute(reader.message(`an attribute of ${reader.what}`)));
        break;
      case 7:
        domain = reader.string();
        break;
      default:
        reader.skip();
    }
  }
  if (opType === "") reader.fail("a node without an operator ends");
  return { name, opType, domain: domain === "ai.onnx" ? "" : domain, inputs, outputs, attributes };
}

/** `AttributeProto.AttributeType`, for attributes whose list is empty or whose value is the default. */
const emptyValues = new Map<number, () => AttributeProto["value"]>([
  [1, () => 0],
  [2, () => 0],
  [3, () => ""],
  [6, () => []],
  [7, () => []],
  [8, () => []],
]);

const NUMBER_BYTES = 16;

function readAttribute(reader: WireReader): AttributeProto {
  let name = "";
  let type = 0;
  let value: AttributeProto["value"];
  let subgraph = false;
  const numbers: number[] = [];
  const strings: string[] = [];
  const addNumber = (number: number): void => {
    charge(reader.budget, NUMBER_BYTES);
    numbers.push(number);
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        name = reader.string();
        break;
      case 2:
        value = reader.float();
        break;
      case 3:
        value = exactInteger(reader.integer(), reader.what);
        break;
      case 4:
        value = attributeString(reader.payload(), reader);
        break;
      case 5:
        value = readTensor(reader.message(`the tensor of ${reader.what}`), "an attribute's tensor");
        break;
      case 7:
        reader.floats(4, addNumber);
        break;
      case 8:
        reader.integers((number) => {
          addNumber(exactInteger(number, reader.what));
        });
        break;
      case 9:
        strings.push(attributeString(reader.payload(), reader));
        break;
      case 6:
      case 11:
        subgraph = true;
        reader.skip();
        break;
      case 20:
        type = reader.integer();
        break;
      default:
        reader.skip();
    }
  }
  if (numbers.length > 0) value ??= numbers;
  if (strings.length > 0) value ??= strings;
  value ??= emptyValues.get(type)?.();
  return value === undefined ? { name, subgraph } : { name, value, subgraph };
}

const lenientUtf8 = new TextDecoder("utf-8");

/** String attributes are bytes to ONNX, and some tools keep binary blobs there: those must not stop the reading. */
function attributeString(bytes: Uint8Array, reader: WireReader): string {
  charge(reader.budget, 2 * bytes.length);
  return lenientUtf8.decode(bytes);
}

function readValueInfo(reader: WireReader): ValueInfo {
  let info: ValueInfo = { name: "" };
  while (reader.next()) {
    if (reader.field === 1) info = { ...info, name: reader.string() };
    else if (reader.field === 2) info = { ...info, ...readTensorType(reader.message(`the type in ${reader.what}`)) };
    else reader.skip();
  }
  return info;
}

/** `TypeProto`: the element type and dimensions if it is a tensor's. */
function readTensorType(reader: WireReader): Partial<ValueInfo> {
  let type: Partial<ValueInfo> = {};
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const tensor = reader.message(reader.what);
    type = { elementType: "undefined" };
    while (tensor.next()) {
      if (tensor.field === 1) type = { ...type, elementType: elementTypeOf(tensor.integer()) ?? "undefined" };
      else if (tensor.field === 2) type = { ...type, dims: readShape(tensor.message(reader.what)) };
      else tensor.skip();
    }
  }
  return type;
}

function readShape(reader: WireReader): Dimension[] {
  const dims: Dimension[] = [];
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const dimension = reader.message(reader.what);
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
  let tensor = "";
  let dataType: string | undefined;
  while (reader.next()) {
    if (reader.field === 1) tensor = reader.string();
    else if (reader.field === 2) {
      const entry = readStringEntry(reader.message(reader.what));
      if (entry.key === "finn_datatype") dataType = entry.value;
    } else reader.skip();
  }
  if (dataType !== undefined) annotations.set(tensor, dataType);
}
