/**
 * PyTorch checkpoints: a zip archive with a pickle (`<name>/data.pkl`) and each storage's bytes (`<name>/data/<key>`).
 * Source: PyTorch, torch/serialization.py (the format since 1.6). The file is untrusted: see `unpickle.ts`.
 */
import { unzipSync, type Unzipped } from "fflate";
import { elementCount, type Shape, type TensorData } from "../../graph/graph.js";
import { FileError } from "../../onnx/file-error.js";
import { describeFileKind } from "../../onnx/file-kind.js";
import { decodedBytes, decodeRaw, storedBytes, type NumericType } from "../../onnx/raw-data.js";
import type { WeightEntry, WeightSet } from "../types.js";
import { isDict, isTensor, unpickle, type PickledTensor } from "./unpickle.js";

export interface PthResult {
  /** Absent when the file cannot be used. */
  readonly value: WeightSet | undefined;
  /** One sentence each, without the file's name. */
  readonly problems: readonly { readonly message: string }[];
}

const elementTypes: Readonly<Record<string, NumericType>> = {
  FloatStorage: "float32",
  DoubleStorage: "float64",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

/** Nested dictionaries (`{ "state_dict": ... }`) are looked into this deep. */
const MAX_DEPTH = 4;

/**
 * What one byte of the pickle may stand for in entries and in characters of their names. An entry takes some 10 bytes at the
 * least, and nested ones repeat the names of those around them; but a pickle may also hold one dictionary a thousand times
 * in another, and so on, which would be billions of entries in some kilobytes.
 */
const ENTRIES_PER_BYTE = 16;

/**
 * What the tensors may take beside the file, in its bytes: half floats double, and tied weights are read once for each of
 * their names.
 */
const VALUES_PER_BYTE = 4;

/**
 * Reads all tensors of a state dictionary, or of dictionaries in it, in their order; names of nested ones are joined
 * by dots unless the outer one is the usual wrapper `state_dict`. Half floats become float32, int64 float64.
 * Never throws on what the bytes are, never runs what they describe.
 * @param source names the weights in messages.
 */
export function readPth(bytes: Uint8Array, source = "the checkpoint"): PthResult {
  try {
    return { value: { source, entries: readEntries(bytes) }, problems: [] };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { value: undefined, problems: [{ message: error.message }] };
  }
}

function readEntries(bytes: Uint8Array): readonly WeightEntry[] {
  const archive = unzip(bytes);
  const pickle = Object.keys(archive).find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle === undefined) {
    throw new FileError(
      "The archive has no data.pkl, which a checkpoint of PyTorch begins with; choose a file written by torch.save.",
    );
  }
  const folder = pickle.slice(0, -"data.pkl".length);
  const byteorder = archive[`${folder}byteorder`];
  if (byteorder !== undefined && new TextDecoder().decode(byteorder).trim() !== "little") {
    throw new FileError(
      "The checkpoint stores numbers big-endian, which is not supported; save it on another machine.",
    );
  }
  const pickled = archive[pickle] ?? new Uint8Array();
  const tensors = new Map<string, PickledTensor>();
  collect(unpickle(pickled), { tensors, left: ENTRIES_PER_BYTE * pickled.length });
  if (tensors.size === 0) {
    throw new FileError("The checkpoint holds no tensors; save it with torch.save(model.state_dict(), path).");
  }
  const storages = { archive, folder, left: VALUES_PER_BYTE * bytes.length };
  return Array.from(tensors, ([name, tensor]) => ({ name, shape: tensor.shape, data: values(name, tensor, storages) }));
}

function unfolds(name: string): FileError {
  return new FileError(
    `The checkpoint's tensors up to "${name}" hold the same values so often that they take far more memory than its file; save it with torch.save(model.state_dict(), path).`,
  );
}

/** The archive's entries. They are stored uncompressed; what claims to unfold beyond the file's own size is refused. */
function unzip(bytes: Uint8Array): Unzipped {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) {
    const kind = bytes.length === 0 ? "empty" : describeFileKind(bytes);
    throw new FileError(
      `The file is ${kind ?? "no zip archive"}, where a checkpoint of PyTorch 1.6 or later is expected; save it again with torch.save(model.state_dict(), path).`,
    );
  }
  let total = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        total += originalSize;
        if (total > bytes.length) {
          throw new FileError(
            `The archive's entries up to "${name}" are larger than the archive; it is no checkpoint.`,
          );
        }
        return true;
      },
    });
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError("The checkpoint's zip archive is damaged or was cut short; copy it again.");
  }
}

/** The wrappers that training scripts put around a state dictionary. */
const wrappers = new Set(["state_dict", "model_state_dict", "model"]);

interface Collected {
  readonly tensors: Map<string, PickledTensor>;
  /** Entries and characters of names that may still come. */
  left: number;
}

function collect(value: unknown, into: Collected, prefix = "", depth = MAX_DEPTH): void {
  if (isTensor(value)) into.tensors.set(prefix, value);
  if (!isDict(value) || depth === 0) return;
  for (const [key, item] of value.entries) {
    // No other key names a tensor, and the text of a tuple of tuples may be without end.
    if (typeof key !== "string" && typeof key !== "number") continue;
    const name = String(key);
    const inner = prefix === "" && wrappers.has(name) && isDict(item) ? "" : [prefix, name].filter(Boolean).join(".");
    into.left -= 1 + inner.length;
    if (into.left < 0) throw unfolds(inner);
    collect(item, into, inner, depth - 1);
  }
}

interface Storages {
  readonly archive: Unzipped;
  readonly folder: string;
  /** Bytes that tensors may still take in memory. */
  left: number;
}

function values(name: string, tensor: PickledTensor, storages: Storages): TensorData {
  const { storage, offset, shape, stride } = tensor;
  const elementType = elementTypes[storage.type];
  const raw = storages.archive[`${storages.folder}data/${storage.key}`];
  const count = elementCount(shape);
  const last = count === 0 ? -1 : shape.reduce((sum, size, axis) => sum + (size - 1) * (stride[axis] ?? 0), offset);
  if (elementType === undefined || raw === undefined || storedBytes(elementType, last + 1) > raw.length) {
    throw new FileError(
      `The tensor "${name}" of ${shape.join("×") || "a scalar"} is larger than what the archive holds of it; the checkpoint was cut short or damaged: copy it again.`,
    );
  }
  // A tensor cannot have more elements than its storage unless it repeats them, which stored weights never do.
  const size = Math.max(0, last + 1 - offset);
  if (count > size) throw new FileError(`The tensor "${name}" repeats its storage; save a contiguous copy of it.`);
  storages.left -= decodedBytes(elementType, size);
  if (storages.left < 0) throw unfolds(name);
  const start = storedBytes(elementType, offset);
  const window = raw.subarray(start, start + storedBytes(elementType, size));
  const data = decodeRaw(window, elementType, size, `"${name}"`);
  return isContiguous(shape, stride) ? data : gathered(data, tensor);
}

function isContiguous(shape: Shape, stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    if (size !== 1 && stride[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

/** The elements of a window with strides, such as a transposed weight, in row-major order. */
function gathered(window: TensorData, { shape, stride }: PickledTensor): TensorData {
  const data = window.slice(0, elementCount(shape));
  const index = shape.map(() => 0);
  let position = 0;
  for (let element = 0; element < data.length; element++) {
    data[element] = window[position] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      const step = stride[axis] ?? 0;
      index[axis] = (index[axis] ?? 0) + 1;
      position += step;
      if ((index[axis] ?? 0) < size) break;
      index[axis] = 0;
      position -= size * step;
    }
  }
  return data;
}
