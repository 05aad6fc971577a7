/** Writes a state dictionary as PyTorch's checkpoint: `torch.load` gives an OrderedDict of CPU tensors. */
import { zipSync } from "fflate";
import { elementCount, type Shape, type TensorData } from "../../graph/graph.js";
import { encodeRaw, type NumericType } from "../../onnx/raw-data.js";

/** A tensor of a state dictionary. */
export interface StateEntry {
  readonly name: string;
  readonly shape: Shape;
  readonly data: TensorData;
  /** Default float32. int64 is what PyTorch counts with (`num_batches_tracked`). */
  readonly elementType?: "float32" | "int64";
}

const storageTypes: Readonly<Record<"float32" | "int64", string>> = { float32: "FloatStorage", int64: "LongStorage" };

/** Entries of a zip archive without its extension for more, less the pickle and the version. */
const MOST_STORAGES = 65_000;

/** A date that zip can hold, the same for all files, so that the same weights give the same bytes. */
const mtime = new Date(1980, 0, 1);

/** Values that lie one behind the other. */
interface Storage {
  readonly key: string;
  readonly elementType: keyof typeof storageTypes;
  readonly members: StateEntry[];
  /** In elements. */
  size: number;
}

/** A tensor with the place of its values. */
interface PlacedEntry {
  readonly entry: StateEntry;
  readonly storage: Storage;
  /** In elements. */
  readonly offset: number;
}

/** The largest number of storages and sizes is far below 2^31, pickle's BININT. */
export function writePth(entries: readonly StateEntry[]): Uint8Array {
  const placed = place(entries);
  const files: Record<string, Uint8Array> = { "archive/data.pkl": stateDictionary(placed) };
  for (const storage of new Set(placed.map((each) => each.storage))) {
    files[`archive/data/${storage.key}`] = bytesOfStorage(storage);
  }
  // The version of the archive's format, which torch.load asks for.
  files["archive/version"] = new TextEncoder().encode("3\n");
  return zipSync(files, { level: 0, mtime });
}

/** Gives each tensor a storage of its own, as PyTorch does, while the archive has room for so many. */
function place(entries: readonly StateEntry[]): readonly PlacedEntry[] {
  const tensorsPerStorage = Math.ceil(entries.length / MOST_STORAGES);
  const open = new Map<string, Storage>();
  let count = 0;
  return entries.map((entry) => {
    const { elementType = "float32", data } = entry;
    const last = open.get(elementType);
    const storage: Storage =
      last && last.members.length < tensorsPerStorage
        ? last
        : { key: String(count++), elementType, members: [], size: 0 };
    open.set(elementType, storage);
    const offset = storage.size;
    storage.members.push(entry);
    storage.size += data.length;
    return { entry, storage, offset };
  });
}

function bytesOfStorage({ members, elementType }: Storage): Uint8Array {
  const parts = members.map(({ data }) => encodeRaw(data, elementType satisfies NumericType));
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** The pickle (protocol 2). Nothing is kept in the memo: each tensor is written out, which costs some bytes each. */
function stateDictionary(entries: readonly PlacedEntry[]): Uint8Array {
  const pickle = new PickleWriter();
  pickle.raw(0x80, 2);
  pickle.orderedDict();
  pickle.mark();
  for (const placed of entries) {
    pickle.text(placed.entry.name);
    pickleTensor(pickle, placed);
  }
  pickle.op("u");
  pickle.op(".");
  return pickle.bytes();
}

/** `_rebuild_tensor_v2(storage, offset, shape, stride, requires_grad, backward_hooks)`. */
function pickleTensor(pickle: PickleWriter, { entry: { shape }, storage, offset }: PlacedEntry): void {
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.mark();
  pickle.mark();
  pickle.text("storage");
  pickle.global("torch", storageTypes[storage.elementType]);
  pickle.text(storage.key);
  pickle.text("cpu");
  pickle.integer(storage.size);
  pickle.op("t");
  pickle.op("Q");
  pickle.integer(offset);
  pickle.tuple(shape);
  pickle.tuple(shape.map((_, axis) => elementCount(shape.slice(axis + 1))));
  pickle.raw(0x89);
  pickle.orderedDict();
  pickle.op("t");
  pickle.op("R");
}

class PickleWriter {
  private buffer = new Uint8Array(4096);
  private length = 0;

  /** A copy of what was written. */
  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  raw(...values: readonly number[]): void {
    this.append(Uint8Array.from(values));
  }

  /** An opcode by the letter that pickletools lists. */
  op(letter: string): void {
    this.raw(letter.charCodeAt(0));
  }

  mark(): void {
    this.op("(");
  }

  integer(value: number): void {
    const bytes = new Uint8Array(5);
    bytes[0] = 0x4a;
    new DataView(bytes.buffer).setInt32(1, value, true);
    this.append(bytes);
  }

  text(value: string): void {
    const utf8 = new TextEncoder().encode(value);
    const head = new Uint8Array(5);
    head[0] = 0x58;
    new DataView(head.buffer).setUint32(1, utf8.length, true);
    this.append(head);
    this.append(utf8);
  }

  tuple(values: readonly number[]): void {
    this.mark();
    for (const value of values) this.integer(value);
    this.op("t");
  }

  global(module: string, name: string): void {
    this.append(new TextEncoder().encode(`c${module}\n${name}\n`));
  }

  /** An empty OrderedDict. */
  orderedDict(): void {
    this.global("collections", "OrderedDict");
    this.op(")");
    this.op("R");
  }

  private append(bytes: Uint8Array): void {
    const needed = this.length + bytes.length;
    if (needed > this.buffer.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(this.buffer.subarray(0, this.length));
      this.buffer = larger;
    }
    this.buffer.set(bytes, this.length);
    this.length = needed;
  }
}
