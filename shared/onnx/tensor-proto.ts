/** ONNX `TensorProto`: element types, dimensions and values, checked before anything is allocated. */
import type { ElementType, Shape, TensorData } from "../graph/graph.js";
import { charge, OnnxError, readStringEntry, type WireReader } from "./wire.js";

/** A decoded tensor. String tensors have no data: no cost depends on them. */
export interface DecodedTensor {
  readonly name: string;
  readonly elementType: ElementType;
  readonly shape: Shape;
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

/** int64's ends mean "to the end" in `Slice` and are let through as +-2^63. */
const INT64_END = 2 ** 63;

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
const INT64_DATA = 7;
const DOUBLE_DATA = 10;
const UINT64_DATA = 11;

/** More dimensions than any operator has; a longer list is damage. */
const MAX_RANK = 64;

/**
 * Reads one `TensorProto`.
 * @param fallbackName names the tensor in messages when it has no name of its own.
 * @throws OnnxError for external data, unknown types, and dimensions that do not fit the values.
 */
export function readTensor(reader: WireReader, fallbackName: string): DecodedTensor {
  const start = reader.offset;
  const header = readHeader(reader);
  const label = `tensor "${header.name || fallbackName}"`;
  if (header.external !== undefined) {
    throw new OnnxError(
      `The values of ${label} are in another file${header.external === "" ? "" : ` (${header.external})`}, which is not read; save the model as one file (save_as_external_data=False).`,
    );
  }
  const elementType = elementTypes.get(header.typeCode);
  if (elementType === undefined || elementType === "undefined") {
    const name = refusedTypes.get(header.typeCode) ?? `number ${header.typeCode}`;
    throw new OnnxError(
      `The element type of ${label} is ${name}, which is not supported; export the model with float or integer tensors.`,
    );
  }
  const count = checkedCount(header.dims, label);
  const base = { name: header.name, elementType, shape: header.dims };
  if (elementType === "string") return base;
  const data =
    header.raw === undefined
      ? typedData(reader.restart(start), header, elementType, count, label)
      : rawData(header.raw, elementType, count, label, reader);
  return { ...base, data };
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
        throw new OnnxError("A tensor is stored in segments, which is not supported; save the model as one file.");
      case FLOAT_DATA:
        add(reader.countFloats(4));
        break;
      case DOUBLE_DATA:
        add(reader.countFloats(8));
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
      throw new OnnxError(
        `The shape of ${label} has the negative dimension ${dim}; the file is damaged: export it again.`,
      );
    count *= dim;
    if (!Number.isSafeInteger(dim) || !Number.isSafeInteger(count)) {
      throw new OnnxError(
        `The shape of ${label} has more elements than can be counted; the file is damaged: export it again.`,
      );
    }
  }
  return count;
}

function mismatch(label: string, expected: string, found: string): never {
  throw new OnnxError(
    `The shape of ${label} asks for ${expected} and the file has ${found}; the file is damaged: export it again.`,
  );
}

/** Bits per element in `raw_data`. */
function storedBits(elementType: Exclude<ElementType, "string" | "undefined">): number {
  if (elementType === "bool") return 8;
  return Number(/\d+$/.exec(elementType)?.[0]);
}

type NumericType = Exclude<ElementType, "string" | "undefined">;

function rawData(
  raw: Uint8Array,
  elementType: NumericType,
  count: number,
  label: string,
  reader: WireReader,
): TensorData {
  const expected = Math.ceil((count * storedBits(elementType)) / 8);
  if (raw.length !== expected) mismatch(label, `${expected} bytes`, String(raw.length));
  const data = allocate(elementType, count, reader);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  switch (elementType) {
    case "int64":
    case "uint64":
      for (let i = 0; i < count; i++) {
        const high = elementType === "int64" ? view.getInt32(8 * i + 4, true) : view.getUint32(8 * i + 4, true);
        data[i] = exact(high * 2 ** 32 + view.getUint32(8 * i, true), label);
      }
      break;
    case "float16":
    case "bfloat16":
      for (let i = 0; i < count; i++) data[i] = widen(elementType, view.getUint16(2 * i, true));
      break;
    case "int4":
    case "uint4":
      for (let i = 0; i < count; i++) data[i] = nibble(elementType, raw[i >> 1] ?? 0, i);
      break;
    default:
      // The machines that Node 20 and VS Code run on store numbers as ONNX does: little-endian.
      new Uint8Array(data.buffer).set(raw);
  }
  return data;
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

function typedData(
  reader: WireReader,
  header: Header,
  elementType: NumericType,
  count: number,
  label: string,
): TensorData {
  const field = fieldOf(elementType);
  const packedNibbles = elementType === "int4" || elementType === "uint4";
  const stored = packedNibbles ? Math.ceil(count / 2) : count;
  const found = header.counts.get(field) ?? 0;
  if (found !== stored) mismatch(label, `${stored} values`, String(found));
  const data = allocate(elementType, count, reader);
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
        data[index] = exact(value, label);
      };
    case "float16":
    case "bfloat16":
      return (index, value) => {
        data[index] = widen(elementType, value);
      };
    case "int4":
    case "uint4":
      return (index, value) => {
        data[2 * index] = nibble(elementType, value, 0);
        if (2 * index + 1 < data.length) data[2 * index + 1] = nibble(elementType, value, 1);
      };
    default:
      return (index, value) => {
        data[index] = value;
      };
  }
}

function allocate(elementType: NumericType, count: number, reader: WireReader): TensorData {
  const create = arrayOf(elementType);
  charge(reader.budget, count * create.BYTES_PER_ELEMENT);
  return new create(count);
}

/** The array that holds an element type's values (`TensorData`): int64 and uint64 are widened to float64. */
export function arrayOf(elementType: NumericType) {
  switch (elementType) {
    case "float32":
    case "float16":
    case "bfloat16":
      return Float32Array;
    case "float64":
    case "int64":
    case "uint64":
      return Float64Array;
    case "int4":
    case "int8":
      return Int8Array;
    case "uint4":
    case "uint8":
    case "bool":
      return Uint8Array;
    case "int16":
      return Int16Array;
    case "uint16":
      return Uint16Array;
    case "int32":
      return Int32Array;
    case "uint32":
      return Uint32Array;
  }
}

/** Refuses 64-bit values that float64 cannot hold exactly. @throws OnnxError naming `label`. */
export function exact(value: number, label: string): number {
  if (!Number.isSafeInteger(value) && Math.abs(value) !== INT64_END) {
    throw new OnnxError(
      `A 64-bit integer of ${label} is beyond 2^53 (about ${value}) and cannot be held exactly; export the model with smaller values.`,
    );
  }
  return value;
}

function nibble(elementType: "int4" | "uint4", byte: number, index: number): number {
  const bits = (index & 1) === 0 ? byte & 15 : (byte >> 4) & 15;
  return elementType === "int4" && bits > 7 ? bits - 16 : bits;
}

const bits32 = new DataView(new ArrayBuffer(4));

/** float16 (IEEE 754 binary16) or bfloat16 (the upper half of a float32) as a number. */
export function widen(elementType: "float16" | "bfloat16", bits: number): number {
  if (elementType === "bfloat16") {
    bits32.setUint32(0, (bits & 0xffff) * 0x10000);
    return bits32.getFloat32(0);
  }
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
