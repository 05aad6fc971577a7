/** ONNX `TensorProto`: element types, dimensions and values, checked before anything is allocated. */
import type { ElementType, Shape, TensorData } from "../graph/graph.js";
import { emptyData } from "../graph/values/tensor-value.js";
import { FileError } from "./file-error.js";
import { fromHalfBits } from "./half-float.js";
import {
  bytesOf,
  decodedBytes,
  decodeRaw,
  exactInteger,
  fromNibble,
  isStoredAsHeld,
  type NumericType,
  storedBytes,
} from "./raw-data.js";
import { readStringEntry, type WireReader } from "./wire.js";

/** A decoded tensor, a constant of the graph. String tensors have no data: no cost depends on them. */
export interface DecodedTensor {
  readonly name: string;
  readonly elementType: ElementType;
  readonly shape: Shape;
  readonly constant: true;
  readonly data?: TensorData;
}

/** `TensorProto.DataType` as ONNX numbers it (onnx.proto). */
export const elementTypeCodes: Readonly<Record<ElementType, number>> = {
  undefined: 0,
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
};

const elementTypes = new Map(Object.entries(elementTypeCodes).map(([name, code]) => [code, name as ElementType]));

/** Types that ONNX has and this reader has not, for the message. */
const refusedTypes = new Map([
  [14, "complex64"],
  [15, "complex128"],
  [17, "float8e4m3fn"],
  [18, "float8e4m3fnuz"],
  [19, "float8e5m2"],
  [20, "float8e5m2fnuz"],
  [23, "float4e2m1"],
  [24, "float8e8m0"],
  [25, "uint2"],
  [26, "int2"],
]);

/** The element type that ONNX numbers so, or undefined. */
export function elementTypeOf(code: number): ElementType | undefined {
  return elementTypes.get(code);
}

interface Header {
  name: string;
  typeCode: number;
  readonly dims: number[];
  raw: Uint8Array | undefined;
  /** Typed values by field number: how many there are. */
  readonly counts: Map<number, number>;
  external: string | undefined;
}

const FLOAT_DATA = 4;
const INT32_DATA = 5;
const STRING_DATA = 6;
const INT64_DATA = 7;
const DOUBLE_DATA = 10;
const UINT64_DATA = 11;

/** More dimensions than any operator has; a longer list is damage. */
const MAX_RANK = 64;

/** What a tensor takes on the heap beside its values, most of it for the typed array (see wire.ts). */
const TENSOR_BYTES = 400;

/**
 * Reads one `TensorProto`.
 * @throws FileError for external data, unknown types, and dimensions that do not fit the values.
 */
export function readTensor(reader: WireReader): DecodedTensor {
  reader.charge(TENSOR_BYTES);
  const again = reader.clone();
  const header = readHeader(reader);
  const label = header.name === "" ? `the tensor in ${reader.place}` : `the tensor "${header.name}"`;
  if (header.external !== undefined) {
    throw new FileError(
      `The values of ${label} are in another file${header.external === "" ? "" : ` (${header.external})`}, which is not read; save the model as one file (save_as_external_data=False).`,
    );
  }
  const elementType = elementTypes.get(header.typeCode);
  if (elementType === undefined || elementType === "undefined") {
    const name = refusedTypes.get(header.typeCode) ?? `number ${header.typeCode}`;
    throw new FileError(
      `The element type of ${label} is ${name}, which is not supported; export the model with float or integer tensors.`,
    );
  }
  const count = checkedCount(header.dims, label);
  const base = { name: header.name, elementType, shape: header.dims };
  if (elementType === "string") {
    const found = header.counts.get(STRING_DATA) ?? 0;
    return found === count ? { ...base, constant: true } : mismatch(label, `${count} texts`, String(found));
  }
  checkPayload(header, elementType, count, label);
  const { raw } = header;
  const known = reader.known.get(header.name);
  if (raw !== undefined && known !== undefined && isStored(known, elementType, raw))
    return { ...base, constant: true, data: known };
  reader.charge(decodedBytes(elementType, count), "values");
  const data =
    raw === undefined ? typedData(again, elementType, count, label) : decodeRaw(raw, elementType, count, label);
  return { ...base, constant: true, data };
}

/** True when these bytes are the array's memory, bit for bit. */
function isStored(data: TensorData, elementType: ElementType, raw: Uint8Array): boolean {
  if (!isStoredAsHeld(elementType) || data.constructor !== emptyData(elementType, 0).constructor) return false;
  const bytes = bytesOf(data);
  if (bytes.length !== raw.length) return false;
  for (let index = 0; index < raw.length; index++) if (bytes[index] !== raw[index]) return false;
  return true;
}

function readHeader(reader: WireReader): Header {
  const header: Header = { name: "", typeCode: 0, dims: [], raw: undefined, counts: new Map(), external: undefined };
  const add = (count: number): void => {
    header.counts.set(reader.field, (header.counts.get(reader.field) ?? 0) + count);
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        reader.integers((value) => {
          if (header.dims.push(value) > MAX_RANK) reader.fail(`a tensor has more than ${MAX_RANK} dimensions`);
        });
        break;
      case 2:
        header.typeCode = reader.integer();
        break;
      case 3:
        throw new FileError("A tensor is stored in segments, which is not supported; save the model as one file.");
      case FLOAT_DATA:
        add(reader.countFloats(4));
        break;
      case DOUBLE_DATA:
        add(reader.countFloats(8));
        break;
      case STRING_DATA:
        reader.skip();
        add(1);
        break;
      case INT32_DATA:
      case INT64_DATA:
      case UINT64_DATA:
        add(reader.countIntegers());
        break;
      case 8:
        header.name = reader.string();
        break;
      case 9:
        header.raw = reader.payload();
        break;
      case 13:
        header.external = readLocation(reader.message("external data")) ?? header.external ?? "";
        break;
      case 14:
        if (reader.integer() === 1) header.external ??= "";
        break;
      default:
        reader.skip();
    }
  }
  return header;
}

/** The `location` of an external-data entry, if that is what the entry tells. */
function readLocation(reader: WireReader): string | undefined {
  const { key, value } = readStringEntry(reader);
  return key === "location" ? value : undefined;
}

function checkedCount(dims: readonly number[], label: string): number {
  let count = 1;
  for (const dim of dims) {
    if (dim < 0)
      throw new FileError(
        `The shape of ${label} has the negative dimension ${dim}; the file is damaged: export it again.`,
      );
    count *= dim;
    if (!Number.isSafeInteger(dim) || !Number.isSafeInteger(count)) {
      throw new FileError(
        `The shape of ${label} has more elements than can be counted; the file is damaged: export it again.`,
      );
    }
  }
  return count;
}

function mismatch(label: string, expected: string, found: string): never {
  throw new FileError(
    `The shape of ${label} asks for ${expected} and the file has ${found}; the file is damaged: export it again.`,
  );
}

/** Which typed field holds which element type (comments of `TensorProto` in onnx.proto). */
function fieldOf(elementType: NumericType): number {
  switch (elementType) {
    case "float32":
      return FLOAT_DATA;
    case "float64":
      return DOUBLE_DATA;
    case "int64":
      return INT64_DATA;
    case "uint32":
    case "uint64":
      return UINT64_DATA;
    default:
      return INT32_DATA;
  }
}

/** Compares what the dimensions ask for with what is there, before anything of that size is allocated. */
function checkPayload(header: Header, elementType: NumericType, count: number, label: string): void {
  if (header.raw !== undefined) {
    const expected = storedBytes(elementType, count);
    if (header.raw.length !== expected) mismatch(label, `${expected} bytes`, String(header.raw.length));
    return;
  }
  const stored = isNibble(elementType) ? Math.ceil(count / 2) : count;
  const found = header.counts.get(fieldOf(elementType)) ?? 0;
  if (found !== stored) mismatch(label, `${stored} values`, String(found));
}

function isNibble(elementType: NumericType): boolean {
  return elementType === "int4" || elementType === "uint4";
}

function typedData(reader: WireReader, elementType: NumericType, count: number, label: string): TensorData {
  const field = fieldOf(elementType);
  const data = emptyData(elementType, count);
  let index = 0;
  const put = valueWriter(data, elementType, label);
  while (reader.next()) {
    if (reader.field !== field) reader.skip();
    else if (field === FLOAT_DATA || field === DOUBLE_DATA)
      reader.floats(field === FLOAT_DATA ? 4 : 8, (value) => (data[index++] = value));
    else {
      reader.integers((value) => {
        put(index++, value);
      }, field !== UINT64_DATA);
    }
  }
  return data;
}

function valueWriter(
  data: TensorData,
  elementType: NumericType,
  label: string,
): (index: number, value: number) => void {
  switch (elementType) {
    case "int64":
    case "uint64":
      return (index, value) => {
        data[index] = exactInteger(value, () => label);
      };
    case "float16":
    case "bfloat16":
      return (index, value) => {
        data[index] = fromHalfBits(elementType, value);
      };
    case "int4":
    case "uint4":
      return (index, value) => {
        data[2 * index] = fromNibble(elementType, value, 0);
        if (2 * index + 1 < data.length) data[2 * index + 1] = fromNibble(elementType, value, 1);
      };
    default:
      return (index, value) => {
        data[index] = value;
      };
  }
}
