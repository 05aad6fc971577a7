/**
 * Values as packed little-endian bytes: ONNX's `raw_data` and the tensors of a safetensors file.
 * In memory, int64 and uint64 are float64, float16 and bfloat16 are float32, int4 and uint4 one value per element.
 */
import type { ElementType, TensorData } from "../graph/graph.js";
import { emptyData } from "../graph/values/tensor-value.js";
import { FileError } from "./file-error.js";
import { fromHalfBits, toHalfBits } from "./half-float.js";

export type NumericType = Exclude<ElementType, "string" | "undefined">;

/** Bytes that this many elements take in a file. */
export function storedBytes(elementType: NumericType, count: number): number {
  const bits = elementType === "bool" ? 8 : Number(/\d+$/.exec(elementType)?.[0]);
  return Math.ceil((count * bits) / 8);
}

/** Bytes that this many elements take once decoded. */
export function decodedBytes(elementType: NumericType, count: number): number {
  return count * emptyData(elementType, 0).BYTES_PER_ELEMENT;
}

/** Element types whose values in memory are not what a file has. */
const decodedTypes: ReadonlySet<ElementType> = new Set(["int64", "uint64", "float16", "bfloat16", "int4", "uint4"]);

/**
 * True when a file has such elements as their array has them in memory: the machines that Node and VS Code run on store
 * numbers as these files do, little-endian.
 */
export function isStoredAsHeld(elementType: ElementType): boolean {
  return !decodedTypes.has(elementType);
}

/**
 * Reads `storedBytes(elementType, count)` bytes into the values' own memory, or decodes them where they are stored otherwise.
 * @param read fills an array with the bytes.
 * @throws FileError as `decodeRaw`.
 */
export function readValues(
  read: (target: Uint8Array) => void,
  elementType: NumericType,
  count: number,
  label: string,
): TensorData {
  if (isStoredAsHeld(elementType)) {
    const data = emptyData(elementType, count);
    read(bytesOf(data));
    return data;
  }
  const raw = new Uint8Array(storedBytes(elementType, count));
  read(raw);
  return decodeRaw(raw, elementType, count, label);
}

/**
 * Decodes `storedBytes(elementType, count)` bytes.
 * @param label names the tensor in messages.
 * @throws FileError for 64-bit integers beyond 2^53.
 */
export function decodeRaw(raw: Uint8Array, elementType: NumericType, count: number, label: string): TensorData {
  const data = emptyData(elementType, count);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  switch (elementType) {
    case "int64":
    case "uint64":
      for (let i = 0; i < count; i++) {
        const high = elementType === "int64" ? view.getInt32(8 * i + 4, true) : view.getUint32(8 * i + 4, true);
        data[i] = exactInteger(high * 2 ** 32 + view.getUint32(8 * i, true), () => label);
      }
      break;
    case "float16":
    case "bfloat16":
      for (let i = 0; i < count; i++) data[i] = fromHalfBits(elementType, view.getUint16(2 * i, true));
      break;
    case "int4":
    case "uint4":
      for (let i = 0; i < count; i++) data[i] = fromNibble(elementType, raw[i >> 1] ?? 0, i);
      break;
    default:
      new Uint8Array(data.buffer).set(raw);
  }
  return data;
}

/** The bytes of these values; float32 and narrower arrays are returned in their own memory without a copy. */
export function encodeRaw(data: TensorData, elementType: NumericType): Uint8Array {
  switch (elementType) {
    case "int64":
    case "uint64": {
      const view = new DataView(new ArrayBuffer(8 * data.length));
      data.forEach((value: number, index: number) => {
        const { low, high } = int64Words(value);
        view.setUint32(8 * index, low, true);
        view.setUint32(8 * index + 4, high, true);
      });
      return bytesOf(view);
    }
    case "float16":
    case "bfloat16": {
      const view = new DataView(new ArrayBuffer(2 * data.length));
      data.forEach((value: number, index: number) => {
        view.setUint16(2 * index, toHalfBits(elementType, value), true);
      });
      return bytesOf(view);
    }
    case "int4":
    case "uint4": {
      const bytes = new Uint8Array(Math.ceil(data.length / 2));
      data.forEach((value: number, index: number) => {
        bytes[index >> 1] = (bytes[index >> 1] ?? 0) | ((value & 15) << (4 * (index & 1)));
      });
      return bytes;
    }
    default: {
      const own = emptyData(elementType, 0);
      if (data.constructor === own.constructor) return bytesOf(data);
      const converted = emptyData(elementType, data.length);
      converted.set(data);
      return bytesOf(converted);
    }
  }
}

/** The memory of an array. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** int64's ends mean "to the end" in `Slice` and are let through as ±2^63. */
const INT64_END = 2 ** 63;

/** The value itself. @throws FileError when it is a 64-bit integer that float64 cannot hold exactly. */
export function exactInteger(value: number, label: () => string): number {
  if (!Number.isSafeInteger(value) && Math.abs(value) !== INT64_END) {
    throw new FileError(
      `A 64-bit integer of ${label()} is beyond 2^53 (about ${value}) and cannot be held exactly; export the model with smaller values.`,
    );
  }
  return value;
}

/** An integer as two 32-bit words in two's complement; +2^63 becomes the largest int64. */
export function int64Words(value: number): { readonly low: number; readonly high: number } {
  if (value >= INT64_END) return { low: 0xffffffff, high: 0x7fffffff };
  return { low: value >>> 0, high: Math.floor(value / 2 ** 32) >>> 0 };
}

/** The 4-bit value at an even (low half) or odd (high half) index. */
export function fromNibble(elementType: "int4" | "uint4", byte: number, index: number): number {
  const bits = (index & 1) === 0 ? byte & 15 : (byte >> 4) & 15;
  return elementType === "int4" && bits > 7 ? bits - 16 : bits;
}
