/**
 * The wire format of Protocol Buffers, as far as ONNX uses it, over bytes that nobody vouches for.
 *
 * Why not `onnx-proto`'s decoder (which `write.ts` and the tests do use): it builds one JavaScript
 * number or `Long` object per element and one message object per two bytes of a hostile file, it
 * ignores wire types, and nested messages may read past the end of their parent. Measured with
 * onnx-proto 8.0.1 on Node 20: 20 MB of `int64_data` take 1.3 GB and 4 s, 100 MB of `int32_data`
 * 2.7 GB and 9 s, 20 MB of empty nodes 1.8 GB; loading it costs 12 ms of a 50 ms program. Here values
 * go straight from the file's bytes into typed arrays, every length is checked against its parent,
 * and what is built is charged to a budget.
 * Source: protobuf.dev/programming-guides/encoding; field numbers: onnx/onnx.proto.
 */
import type { TensorData } from "../graph/graph.js";
import { FileError } from "./file-error.js";

/** What reading a file may still allocate. */
export interface Budget {
  /** Bytes for messages, names and objects. */
  structure: number;
  /** Bytes for the values of tensors. */
  values: number;
}

/** A file that is being read. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bytes that reading it may still allocate. */
  readonly budget: Budget;
  /** Values that the file probably has, by the names of their tensors. */
  readonly known: ReadonlyMap<string, TensorData>;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const WIRE_NAMES = new Map([
  [VARINT, "an integer"],
  [FIXED64, "a 64-bit value"],
  [BYTES, "a length and bytes"],
  [FIXED32, "a 32-bit value"],
]);

/**
 * What reading a message and a text costs on the heap beside what is kept, with the garbage on the way. These and the
 * other `..._BYTES` of the reader are measured on Node 20, with files of 15,000 to 200,000 nodes, attributes,
 * initialisers and value informations.
 */
const MESSAGE_BYTES = 64;
const STRING_BYTES = 32;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A cursor over one message. `next()` moves to a field; then exactly one of the reading methods takes it. */
export class WireReader {
  /** Number of the current field. */
  field = 0;
  private wire = 0;

  /** @param label names the message in errors: "graph", "node 3". */
  private constructor(
    private readonly source: Source,
    private position: number,
    private readonly end: number,
    private readonly label: string,
    private readonly index?: number,
    private readonly parent?: WireReader,
  ) {}

  /** A cursor over a whole file. @param budget what may be allocated for what is in it. */
  static open(bytes: Uint8Array, label: string, budget: Budget, known: Source["known"] = new Map()): WireReader {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new WireReader({ bytes, view, budget: { ...budget }, known }, 0, bytes.length, label);
  }

  /** See `Source`. */
  get known(): Source["known"] {
    return this.source.known;
  }

  /** Where in the file this is, for messages: "the model, graph, node 3". */
  get place(): string {
    const own = this.index === undefined ? this.label : `${this.label} ${this.index}`;
    return this.parent === undefined ? own : `${this.parent.place}, ${own}`;
  }

  /** Charges an allocation. @throws FileError when the file asks for more than its size can justify. */
  charge(bytes: number, what: keyof Budget = "structure"): void {
    this.source.budget[what] -= bytes;
    if (this.source.budget[what] < 0) {
      throw new FileError(
        `The file of ${this.source.bytes.length} bytes would unfold to far more in memory than any network of its size (in ${this.place}), which is refused; it is probably damaged: export it again.`,
      );
    }
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.position >= this.end) return false;
    const tag = this.unsigned32();
    this.field = tag >>> 3;
    this.wire = tag & 7;
    if (this.field === 0 || !WIRE_NAMES.has(this.wire)) this.fail("no field can start");
    return true;
  }

  /** Passes over the current field. */
  skip(): void {
    if (this.wire === VARINT) this.varint(true);
    else if (this.wire === BYTES) this.take(this.unsigned32());
    else this.take(this.wire === FIXED64 ? 8 : 4);
  }

  /** An int64, int32, bool or enum field. Beyond 2^53 the value is rounded: callers that need it check. */
  integer(): number {
    this.expect(VARINT);
    return this.varint(true);
  }

  float(): number {
    this.expect(FIXED32);
    return this.source.view.getFloat32(this.take(4), true);
  }

  /** The bytes of a length-delimited field, as a view of the file. */
  payload(): Uint8Array {
    this.expect(BYTES);
    const length = this.unsigned32();
    const start = this.take(length);
    return this.source.bytes.subarray(start, start + length);
  }

  string(): string {
    const bytes = this.payload();
    this.charge(STRING_BYTES + 2 * bytes.length);
    try {
      return utf8.decode(bytes);
    } catch {
      return this.fail("a text is not UTF-8");
    }
  }

  /** A cursor over a nested message. @param index of it among its like. */
  message(label: string, index?: number): WireReader {
    this.charge(MESSAGE_BYTES);
    return this.nested(label, index);
  }

  /** Visits the values of a repeated integer field, packed or not. */
  integers(visit: (value: number) => void, signed = true): void {
    if (this.wire === VARINT) {
      visit(this.varint(signed));
      return;
    }
    const packed = this.nested("values");
    const { bytes } = this.source;
    while (packed.position < packed.end) {
      // Most values of quantised tensors fit one byte, which saves a call for each of millions.
      const byte = bytes[packed.position] ?? 0;
      if (byte < 0x80) packed.position++;
      visit(byte < 0x80 ? byte : packed.varint(signed));
    }
  }

  /** Visits the values of a repeated float (4 bytes) or double (8 bytes) field, packed or not. */
  floats(width: 4 | 8, visit: (value: number) => void): void {
    const read = (at: number): number =>
      width === 4 ? this.source.view.getFloat32(at, true) : this.source.view.getFloat64(at, true);
    if (this.wire !== BYTES) {
      this.expect(width === 4 ? FIXED32 : FIXED64);
      visit(read(this.take(width)));
      return;
    }
    const packed = this.nested("values");
    while (packed.position < packed.end) visit(read(packed.take(width)));
  }

  /** Number of values of the current repeated integer field, found without building them. */
  countIntegers(): number {
    if (this.wire === VARINT) {
      this.varint(true);
      return 1;
    }
    this.expect(BYTES);
    const length = this.unsigned32();
    const start = this.take(length);
    const { bytes } = this.source;
    let count = 0;
    // The last byte of each value, and no other, has its top bit clear.
    for (let at = start; at < start + length; at++) count += 1 - ((bytes[at] ?? 0) >> 7);
    return count;
  }

  /** Number of values of the current repeated float or double field. */
  countFloats(width: 4 | 8): number {
    if (this.wire === BYTES) return Math.floor(this.payload().length / width);
    this.expect(width === 4 ? FIXED32 : FIXED64);
    this.take(width);
    return 1;
  }

  /** Another cursor over the same message from where this one stands. */
  clone(): WireReader {
    return new WireReader(this.source, this.position, this.end, this.label, this.index, this.parent);
  }

  /** @throws FileError always: the file is damaged here. */
  fail(found: string): never {
    throw new FileError(
      `The file is damaged or cut short: in ${this.place}, at byte ${this.position} of ${this.source.bytes.length}, ${found}; export or download it again.`,
    );
  }

  private nested(label: string, index?: number): WireReader {
    this.expect(BYTES);
    const length = this.unsigned32();
    const start = this.take(length);
    return new WireReader(this.source, start, start + length, label, index, this);
  }

  private expect(wire: number): void {
    if (this.wire !== wire) {
      this.fail(
        `field ${this.field} is ${String(WIRE_NAMES.get(this.wire))} where ${String(WIRE_NAMES.get(wire))} is expected`,
      );
    }
  }

  /** Moves over `length` bytes and returns where they start. */
  private take(length: number): number {
    const start = this.position;
    if (length > this.end - start) this.fail(`${length} bytes are announced and ${this.end - start} are there`);
    this.position = start + length;
    return start;
  }

  private unsigned32(): number {
    const byte = this.source.bytes[this.position] ?? 0;
    if (byte < 0x80 && this.position < this.end) {
      this.position++;
      return byte;
    }
    const value = this.varint(false);
    if (value > 0xffffffff) this.fail("a length or tag is larger than 32 bits");
    return value;
  }

  /** Seven bits per byte, least significant first, at most ten bytes. */
  private varint(signed: boolean): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= this.end) this.fail("a number is cut off");
      const byte = this.source.bytes[this.position++] ?? 0;
      const bits = byte & 0x7f;
      if (shift < 28) {
        low |= bits << shift;
        if (byte < 0x80) return low;
      } else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) return (signed ? high : high >>> 0) * 2 ** 32 + (low >>> 0);
    }
    return this.fail("a number is longer than ten bytes");
  }
}

/** Reads a `StringStringEntryProto`. */
export function readStringEntry(reader: WireReader): { readonly key: string; readonly value: string } {
  let key = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
  }
  return { key, value };
}
