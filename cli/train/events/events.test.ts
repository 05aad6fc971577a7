import { appendFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Reader } from "protobufjs/minimal.js";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../../testing/folder.js";
import { openEventLog } from "./event-log.js";
import { crc32c, openScalarLog, record } from "./tensorboard.js";

const folder = makeFolder({});

describe("the event file", () => {
  const file = path.join(folder, "events.jsonl");
  const lines = () => readFileSync(file, "utf8").trimEnd().split("\n");

  it("has a line per event, with its time", () => {
    const log = openEventLog(file);
    log.write({ event: "warning", message: "a\nb" });
    log.write({ event: "end", status: "done" });
    log.close();
    const [first, second] = lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ event: "warning", message: "a\nb" });
    expect(Number.isNaN(Date.parse(String(first?.time)))).toBe(false);
    expect(second).toMatchObject({ event: "end", status: "done" });
  });

  it.each(['{"time":"2026', `{"half":"${"x".repeat(200_000)}`])("goes on behind its last whole line", (half) => {
    const before = lines().length;
    appendFileSync(file, half);
    const log = openEventLog(file);
    log.write({ event: "attempt", attempt: 2, seed: 1 });
    log.close();
    expect(lines()).toHaveLength(before + 1);
    expect(JSON.parse(lines().at(-1) ?? "")).toMatchObject({ event: "attempt", attempt: 2 });
  });

  it("is begun anew where no line was ever finished", () => {
    const torn = path.join(folder, "torn.jsonl");
    writeFileSync(torn, "{");
    openEventLog(torn).close();
    expect(readFileSync(torn, "utf8")).toBe("");
  });

  it("says where it cannot be written", () => {
    expect(() => openEventLog(path.join(file, "below"))).toThrow(/below cannot be written: a part of its path/);
  });
});

/** The records of a file: their data, lengths and checksums checked. */
function records(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + start).getUint32(0, true);
    const data = bytes.subarray(start + 12, start + 12 + length);
    expect([...bytes.subarray(start, start + 16 + length)]).toEqual([...record(data)]);
    found.push(data);
    start += 16 + length;
  }
  return found;
}

/** Fields of a message by number; nested ones are bytes. */
function fields(data: Uint8Array): [number, unknown][] {
  const reader = Reader.create(data);
  const found: [number, unknown][] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const read =
      [() => Number(reader.int64()), () => reader.double(), () => reader.bytes()][tag & 7] ?? (() => reader.float());
    found.push([tag >>> 3, read()]);
  }
  return found;
}

describe("TensorBoard's files", () => {
  it("have the checksums of the standard", () => {
    // RFC 3720, B.4, and the check value of the CRC catalogue.
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    // What TensorFlow writes for an empty record: its length, the masked checksum of it, and that of nothing.
    expect([...record(new Uint8Array(0))]).toEqual([
      0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x03, 0x98, 0x07, 0xd8, 0xea, 0x82, 0xa2,
    ]);
  });

  it("hold a version and scalars by tag and step", () => {
    const log = openScalarLog(folder, 1_700_000_000.5);
    log.write(7, { "train/loss": 0.5, accuracy: 0.25 });
    log.close();
    const [name = ""] = readdirSync(folder).filter((entry) => entry.includes("tfevents"));
    expect(name).toMatch(/^events\.out\.tfevents\.1700000000\./);
    const [version, scalars] = records(readFileSync(path.join(folder, name))).map(fields);
    expect(version?.[0]).toEqual([1, 1_700_000_000.5]);
    expect(Buffer.from(version?.[2]?.[1] as Uint8Array).toString()).toBe("brain.Event:2");
    expect(scalars?.[1]).toEqual([2, 7]);
    const values = fields(scalars?.[2]?.[1] as Uint8Array).map(([, value]) => fields(value as Uint8Array));
    expect(values.map(([tag, value]) => [Buffer.from(tag?.[1] as Uint8Array).toString(), value?.[1]])).toEqual([
      ["train/loss", 0.5],
      ["accuracy", 0.25],
    ]);
  });
});
