/**
 * safetensors files: an 8-byte little-endian length, a JSON header of that length, then the tensors' bytes.
 * Format: github.com/huggingface/safetensors, README "Format". Our files add two conventions: the tensor
 * `<weight>.scale` is the scale of that weight's quantiser; in checkpoints, names in the groups of `trainingGroups`
 * (`optimizer/...`, `mask/...`) belong to the training that goes on from there and are no weights.
 */
import { elementCount, type ElementType, type Shape, type TensorData } from "../graph/graph.js";
import { FileError } from "../onnx/file-error.js";
import { describeFileKind, FILE_KIND_BYTES } from "../onnx/file-kind.js";
import { encodeRaw, type NumericType, readValues, storedBytes } from "../onnx/raw-data.js";
import { byteSource, readBytes, type ByteSource } from "./byte-source.js";
import type { WeightEntry, WeightSet } from "./types.js";

const LENGTH_BYTES = 8;

const METADATA = "__metadata__";

/** The format's own limit; enough for about 700,000 tensors. */
const MAX_HEADER_BYTES = 100_000_000;

/** The header is an object of objects with lists. */
const MAX_HEADER_DEPTH = 3;

/**
 * The shortest tensor of all, `"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},`, has 16 bytes for each of its three
 * brackets. More of them would cost the JSON parser more memory than a header's length can justify.
 */
const BYTES_PER_BRACKET = 12;

const dtypes: ReadonlyMap<string, NumericType> = new Map([
  ["F64", "float64"],
  ["F32", "float32"],
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["I64", "int64"],
  ["I32", "int32"],
  ["I16", "int16"],
  ["I8", "int8"],
  ["U64", "uint64"],
  ["U32", "uint32"],
  ["U16", "uint16"],
  ["U8", "uint8"],
  ["BOOL", "bool"],
]);

interface Result<T> {
  /** Absent when the file cannot be used. */
  readonly value: T | undefined;
  /** One sentence each, without the file's name. */
  readonly problems: readonly { readonly message: string }[];
}

export type SafetensorsResult = Result<WeightSet>;

/** Everything that a file says. */
export interface SafetensorsFile {
  /** In the order of their bytes; scales are tensors like the others. */
  readonly tensors: readonly WeightEntry[];
  /** The header's `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** The metadata of our checkpoints is under this key, as JSON. */
export const CHECKPOINT_KEY = "quantlens.checkpoint";

/** What the names of a checkpoint's tensors begin with that are no weights, before a slash. */
export const trainingGroups = ["optimizer", "mask", "stored"] as const;

/** Where one tensor lies, as the header says. */
interface TensorHeader {
  readonly name: string;
  readonly elementType: NumericType;
  readonly shape: Shape;
  /** Offsets into the bytes after the header. */
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the weights of a safetensors file, in the order of their bytes; of a checkpoint the weights alone. Never throws
 * on what the bytes are; nothing is allocated before the header's claims are compared with the file's length. Half
 * floats become float32, int64 float64.
 * @param source names the weights in messages.
 */
export function readSafetensors(file: Uint8Array | ByteSource, source = "the weights file"): SafetensorsResult {
  return attempt(() => {
    const layout = readLayout(byteSource(file));
    const isCheckpoint = layout.metadata.has(CHECKPOINT_KEY);
    const entries = decode(layout, ({ name }) => !isCheckpoint || !inTrainingGroup(name));
    return { source, entries: attachScales(entries) };
  });
}

/**
 * Reads the tensors and the metadata of a safetensors file. As careful as `readSafetensors`.
 * @param isWanted is asked for each tensor, with the names of all; the others are not read.
 */
export function readSafetensorsFile(
  file: Uint8Array | ByteSource,
  isWanted: (name: string, names: ReadonlySet<string>) => boolean = () => true,
): Result<SafetensorsFile> {
  return attempt(() => {
    const layout = readLayout(byteSource(file));
    const names = new Set(layout.headers.map(({ name }) => name));
    const entries = decode(layout, ({ name }) => isWanted(name, names));
    return { tensors: [...entries.values()], metadata: layout.metadata };
  });
}

function inTrainingGroup(name: string): boolean {
  return trainingGroups.some((group) => name.startsWith(`${group}/`));
}

function attempt<T>(read: () => T): Result<T> {
  try {
    return { value: read(), problems: [] };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { value: undefined, problems: [{ message: error.message }] };
  }
}

interface Layout {
  readonly headers: readonly TensorHeader[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly source: ByteSource;
  /** Where in it the bytes after the header begin. */
  readonly body: number;
}

function readLayout(source: ByteSource): Layout {
  const body = LENGTH_BYTES + readHeaderLength(source);
  const fields = Object.entries(parseHeader(readBytes(source, LENGTH_BYTES, body)));
  const headers = fields
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => tensorHeader(name, value))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  checkLayout(headers, source.length - body);
  return { headers, source, body, metadata: metadataOf(fields.find(([name]) => name === METADATA)?.[1]) };
}

/** The texts of the metadata; the format has no others. */
function metadataOf(value: unknown): ReadonlyMap<string, string> {
  if (typeof value !== "object" || value === null) return new Map();
  return new Map(Object.entries(value).filter((field): field is [string, string] => typeof field[1] === "string"));
}

function decode(
  { headers, source, body }: Layout,
  isWanted: (header: TensorHeader) => boolean,
): ReadonlyMap<string, WeightEntry> {
  const entries = new Map<string, WeightEntry>();
  for (const { name, elementType, shape, start } of headers.filter(isWanted)) {
    const read = (target: Uint8Array) => {
      source.read(body + start, target);
    };
    const data = readValues(read, elementType, elementCount(shape), `tensor "${name}"`);
    entries.set(name, { name, shape, data });
  }
  return entries;
}

function readHeaderLength(source: ByteSource): number {
  const start = readBytes(source, 0, Math.min(source.length, FILE_KIND_BYTES));
  const most = Math.min(MAX_HEADER_BYTES, source.length - LENGTH_BYTES);
  const view = new DataView(start.buffer);
  const length = most < 2 ? 0 : view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length >= 2 && length <= most) return length;
  if (source.length < LENGTH_BYTES) {
    throw new FileError(
      `The file has ${source.length} bytes, which is too short for a safetensors file; copy it again.`,
    );
  }
  const kind = describeFileKind(start);
  throw new FileError(
    kind === undefined
      ? `The file announces a header of ${length} bytes, where 2 to ${most} are possible; it is no safetensors file or was cut short.`
      : `The file is ${kind}, where a safetensors file is expected; choose the file with the weights.`,
  );
}

function parseHeader(bytes: Uint8Array): object {
  const broken =
    "The header of the file is not the JSON object that a safetensors file begins with; save the weights again.";
  const { deepest, count } = bracketsIn(bytes);
  if (deepest > MAX_HEADER_DEPTH || count > 1 + bytes.length / BYTES_PER_BRACKET) throw new FileError(broken);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new FileError(broken);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw new FileError(broken);
  return header;
}

/**
 * How deep brackets nest outside strings, and how many are opened: deep ones would cost the JSON parser 70 bytes of memory
 * for each byte, and many empty ones 20.
 */
function bracketsIn(bytes: Uint8Array): { readonly deepest: number; readonly count: number } {
  const [quote, backslash] = [0x22, 0x5c];
  let depth = 0;
  let deepest = 0;
  let count = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (inString && byte === backslash) index++;
    else if (byte === quote) inString = !inString;
    else if (!inString && (byte === 0x7b || byte === 0x5b)) {
      deepest = Math.max(deepest, ++depth);
      count++;
    } else if (!inString && (byte === 0x7d || byte === 0x5d)) depth--;
  }
  return { deepest, count };
}

function tensorHeader(name: string, value: unknown): TensorHeader {
  const fail = (what: string): never => {
    throw new FileError(`The tensor "${name}" in the file's header ${what}; save the weights again.`);
  };
  if (typeof value !== "object" || value === null) return fail("is not described by an object");
  const { dtype, shape, data_offsets: offsets }: Readonly<Record<string, unknown>> = { ...value };
  const elementType = typeof dtype === "string" ? dtypes.get(dtype) : undefined;
  if (elementType === undefined) return fail(`has the element type ${String(dtype)}, which is not supported`);
  if (!isNaturals(shape)) return fail("has no shape of whole numbers");
  if (!isNaturals(offsets) || offsets[0] === undefined || offsets[1] === undefined) return fail("has no data_offsets");
  const [start, end] = offsets;
  const expected = storedBytes(elementType, elementCount(shape));
  if (!Number.isSafeInteger(expected)) return fail("has more elements than can be counted");
  if (end - start !== expected) return fail(`needs ${expected} bytes for its shape and has ${end - start}`);
  return { name, elementType, shape, start, end };
}

function isNaturals(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && Number(item) >= 0);
}

/** The format demands that the tensors fill the file without gaps and overlaps. */
function checkLayout(headers: readonly TensorHeader[], length: number): void {
  let position = 0;
  for (const { name, start, end } of headers) {
    if (start !== position) {
      throw new FileError(
        `The tensor "${name}" begins at byte ${start} of the data, where ${position} is expected (no gaps and no overlaps); save the weights again.`,
      );
    }
    position = end;
  }
  if (position !== length) {
    throw new FileError(
      `The file has ${length} bytes of data and its tensors ${position}; it was cut short or damaged: copy it again.`,
    );
  }
}

const SCALE_SUFFIX = ".scale";

function attachScales(entries: ReadonlyMap<string, WeightEntry>): readonly WeightEntry[] {
  return [...entries.values()].flatMap((entry) => {
    const owner = entry.name.endsWith(SCALE_SUFFIX) ? entry.name.slice(0, -SCALE_SUFFIX.length) : "";
    if (entries.has(owner)) return [];
    const scale = entries.get(entry.name + SCALE_SUFFIX);
    return [scale === undefined ? entry : { ...entry, scale: { shape: scale.shape, data: scale.data } }];
  });
}

/**
 * Writes entries, each followed by its scale, in the order given; the same entries give the same bytes.
 * The element type is the array's own: `Float32Array` becomes F32.
 * @param metadata text for the header's `__metadata__`.
 */
export function writeSafetensors(
  entries: readonly WeightEntry[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const tensors = entries.flatMap(({ scale, ...entry }) =>
    scale === undefined ? [entry] : [entry, { name: entry.name + SCALE_SUFFIX, ...scale }],
  );
  // Written by hand, because an object would put names such as "10" first.
  const fields = Object.keys(metadata).length === 0 ? [] : [`"${METADATA}":${JSON.stringify(metadata)}`];
  const payloads: Uint8Array[] = [];
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    const elementType = elementTypeOf(data);
    const payload = encodeRaw(data, elementType);
    const dtype = [...dtypes].find(([, type]) => type === elementType)?.[0];
    const description = { dtype, shape, data_offsets: [offset, offset + payload.length] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(description)}`);
    payloads.push(payload);
    offset += payload.length;
  }
  return assemble(new TextEncoder().encode(`{${fields.join(",")}}`), payloads, offset);
}

/** Length, header (padded with blanks, so that the data is aligned to 8 bytes) and data in one array. */
function assemble(header: Uint8Array, payloads: readonly Uint8Array[], dataLength: number): Uint8Array {
  const padded = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(LENGTH_BYTES + padded + dataLength);
  new DataView(file.buffer).setUint32(0, padded, true);
  file.fill(0x20, LENGTH_BYTES + header.length, LENGTH_BYTES + padded);
  file.set(header, LENGTH_BYTES);
  let position = LENGTH_BYTES + padded;
  for (const payload of payloads) {
    file.set(payload, position);
    position += payload.length;
  }
  return file;
}

const arrayTypes: readonly (readonly [new (length: number) => TensorData, NumericType & ElementType])[] = [
  [Float32Array, "float32"],
  [Float64Array, "float64"],
  [Int8Array, "int8"],
  [Uint8Array, "uint8"],
  [Int16Array, "int16"],
  [Uint16Array, "uint16"],
  [Int32Array, "int32"],
  [Uint32Array, "uint32"],
];

function elementTypeOf(data: TensorData): NumericType {
  return arrayTypes.find(([array]) => data instanceof array)?.[1] ?? "float32";
}
