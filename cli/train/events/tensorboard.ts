/**
 * Event files of TensorBoard: scalars over training steps. Written with protobufjs's wire writer.
 *
 * Sources: the record format in tensorflow/core/lib/io/record_writer.h (length, masked CRC-32C of the length, data,
 * masked CRC-32C of the data); messages `Event` and `Summary` in tensorboard/compat/proto/event.proto and summary.proto.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import { Writer } from "protobufjs/minimal.js";
import { writeProblem } from "../../output/atomic-file.js";

export interface ScalarLog {
  /** Values by tag at a training step. */
  readonly write: (step: number, scalars: Readonly<Record<string, number>>) => void;
  readonly close: () => void;
}

/** Begins an event file in a folder. `seconds`: since 1970, part of the file's name as TensorBoard wants it. */
export function openScalarLog(folder: string, seconds = Date.now() / 1000): ScalarLog {
  const file = path.join(folder, `events.out.tfevents.${Math.floor(seconds)}.${process.pid}.quantlens`);
  let handle: number;
  try {
    handle = openSync(file, "a");
    writeSync(handle, record(encodeEvent({ seconds, version: "brain.Event:2" })));
  } catch (error) {
    throw writeProblem(error, file);
  }
  return {
    write(step, scalars) {
      try {
        writeSync(handle, record(encodeEvent({ seconds: Date.now() / 1000, step, scalars })));
      } catch (error) {
        throw writeProblem(error, file);
      }
    },
    close() {
      closeSync(handle);
    },
  };
}

interface ScalarEvent {
  readonly seconds: number;
  readonly step?: number;
  readonly version?: string;
  readonly scalars?: Readonly<Record<string, number>>;
}

/** Wire types of protobuf. */
const [varint, fixed64, bytes, fixed32] = [0, 1, 2, 5];

const field = (number: number, wireType: number): number => (number << 3) | wireType;

/** `Event`: 1 wall_time, 2 step, 3 file_version, 5 summary; `Summary`: 1 value; `Value`: 1 tag, 2 simple_value. */
function encodeEvent({ seconds, step = 0, version, scalars }: ScalarEvent): Uint8Array {
  const event = Writer.create().uint32(field(1, fixed64)).double(seconds);
  event.uint32(field(2, varint)).int64(step);
  if (version !== undefined) event.uint32(field(3, bytes)).string(version);
  if (scalars !== undefined) {
    event.uint32(field(5, bytes)).fork();
    for (const [tag, value] of Object.entries(scalars)) {
      event.uint32(field(1, bytes)).fork();
      event.uint32(field(1, bytes)).string(tag).uint32(field(2, fixed32)).float(value);
      event.ldelim();
    }
    event.ldelim();
  }
  return event.finish();
}

/** Data between its length and the two checksums. */
export function record(data: Uint8Array): Uint8Array {
  const framed = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(framed.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, maskedCrc(framed.subarray(0, 8)), true);
  framed.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return framed;
}

/** A checksum of bytes that hold checksums themselves is weak: it is rotated and shifted. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1;
  return remainder;
});

/** CRC-32C (Castagnoli), reflected, as in RFC 3720. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
