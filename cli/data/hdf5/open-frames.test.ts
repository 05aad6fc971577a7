import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { pythonWith } from "../../../shared/testing/python.js";
import { makeFolder } from "../../testing/folder.js";
import { frameLength } from "../frames/grid.js";
import type { SampleReader } from "../frames/subset.js";
import { testFrame, writeTestFile, type TestFile } from "../testing/hdf5.js";
import { openFrames } from "./open-frames.js";

const folder = makeFolder({});
const python = pythonWith("h5py");

/** Reads frames and compares them with what was written. */
async function expectRead(reader: SampleReader, frames: readonly number[]): Promise<void> {
  const into = new Float32Array(frames.length * frameLength);
  await reader.read(Uint32Array.from(frames), into);
  expect(frames.filter((frame, at) => !sameNumbers(testFrame(frame), into.subarray(at * frameLength)))).toEqual([]);
}

async function expectFrames(file: string, frames: readonly number[]): Promise<void> {
  const { reader } = await openFrames(file);
  try {
    await expectRead(reader, frames);
  } finally {
    await reader.close();
  }
}

/** Whether `found` begins with the expected numbers. */
function sameNumbers(expected: Float32Array, found: Float32Array): boolean {
  return expected.every((value, index) => value === found[index]);
}

const orders = {
  forwards: Array.from({ length: 300 }, (_, index) => index),
  shuffled: Array.from({ length: 200 }, (_, index) => (index * 389) % 624),
  "with repeats, the last first": [623, 0, 1, 1, 2, 623, 5, 4, 3],
};

describe.each<[string, TestFile]>([
  ["contiguous", {}],
  ["in chunks of one frame", { chunkFrames: 1 }],
  ["in chunks of 100 frames, which do not end at the last", { chunkFrames: 100 }],
  ["in gzipped chunks across frames and samples", { chunkFrames: 50, chunkSamples: 128, gzip: 1 }],
])("a file %s", (name, options) => {
  const file = path.join(folder, `${name}.hdf5`);

  it("is opened, described and read in any order", async () => {
    await writeTestFile(file, options);
    const { description, reader } = await openFrames(file);
    expect(description).toMatchObject({ frames: 624, framesPerGroup: 1 });
    expect(description.x.shape).toEqual([624, 1024, 2]);
    expect(description.x.offset === undefined).toBe(options.chunkFrames !== undefined);
    expect(description.x.filters).toEqual(options.gzip === undefined ? [] : ["deflate"]);
    for (const frames of Object.values(orders)) await expectRead(reader, frames);
    await reader.close();
  });
});

describe.skipIf(python === undefined)("files of h5py", () => {
  const source = path.join(folder, "source.hdf5");
  const convert = (name: string, options: string) => {
    const script = `import h5py, sys
with h5py.File(sys.argv[1]) as a, h5py.File(sys.argv[2], "w"${name === "latest" ? ', libver="latest"' : ""}) as b:
    for key in "ZYX":
        b.create_dataset(key, data=a[key][:], ${options})`;
    const file = path.join(folder, `h5py ${name}.hdf5`);
    execFileSync(python ?? "", ["-c", script, source, file]);
    return file;
  };

  it.each([
    ["contiguous", ""],
    ["latest", ""],
    ["automatic chunks", "chunks=True"],
    ["shuffle, gzip and fletcher32", 'compression="gzip", shuffle=True, fletcher32=True'],
  ])("%s", async (name, options) => {
    await writeTestFile(source);
    await expectFrames(convert(name, options), orders.shuffled);
  });

  it("with reversed bytes are refused", async () => {
    const file = convert("big-endian", 'dtype=a[key].dtype.newbyteorder(">")');
    await expect(openFrames(file)).rejects.toThrow(/has X as big-endian float32 \(624, 1024, 2\), expected float32/);
  });

  it("with a filter that is not built in are refused", async () => {
    await expect(openFrames(convert("lzf", 'compression="lzf"'))).rejects.toThrow(
      /lzf\.hdf5 has X behind the filter lzf, which QuantLens cannot read: repack it/,
    );
  });
});

describe("files that are not as expected", () => {
  it.each<[string, TestFile, RegExp]>([
    ["no Y", { without: "Y" }, /has no data set Y: RadioML 2018\.01A has X, Y, Z, and this file has X, Z\.$/],
    ["no X", { without: "X" }, /has no data set X/],
    ["X of doubles", { doubles: true }, /has X as float64 \(624, 1024, 2\), expected float32 \(frames, 1024, 2\)/],
    [
      "an SNR out of order",
      { spoil: ({ z }) => (z[30] = 7n) },
      /has 7 dB at frame 30, expected -12 dB: its 624 frames must be/,
    ],
    [
      "a label out of order",
      { spoil: ({ y }) => y.copyWithin(0, 26 * 24, 27 * 24) },
      /has the label 4ASK at frame 0, expected OOK/,
    ],
    ["a label that is not one-hot", { spoil: ({ y }) => (y[3] = 1n) }, /has the label not one-hot at frame 0/],
  ])("%s", async (name, options, message) => {
    const file = path.join(folder, `${name}.hdf5`);
    await writeTestFile(file, options);
    await expect(openFrames(file)).rejects.toThrow(message);
  });

  it("say what they are when they are no HDF5 files at all", async () => {
    const text = path.join(folder, "text.hdf5");
    writeFileSync(text, "X, Y, Z\n");
    await expect(openFrames(text)).rejects.toThrow(/text\.hdf5 cannot be read as HDF5: file signature not found\.$/);
    await expect(openFrames(path.join(folder, "none.hdf5"))).rejects.toThrow(/none\.hdf5 does not exist/);
    await expect(openFrames(folder)).rejects.toThrow(/is not a file/);
  });

  it("are refused when they have been cut off", async () => {
    const file = path.join(folder, "cut.hdf5");
    await writeTestFile(file);
    truncateSync(file, 3_000_000);
    await expect(openFrames(file)).rejects.toThrow(/cannot be read as HDF5: truncated file/);
  });

  it("fail the read, and every later one, when they are cut off while they are read", async () => {
    const file = path.join(folder, "shrinking.hdf5");
    await writeTestFile(file);
    const { reader } = await openFrames(file);
    truncateSync(file, 3_000_000);
    const into = new Float32Array(frameLength);
    await reader.read(Uint32Array.of(10), into);
    expect(into).toEqual(testFrame(10));
    await expect(reader.read(Uint32Array.of(600), into)).rejects.toThrow(/shrinking\.hdf5 ends before byte 4917248/);
    await expect(reader.read(Uint32Array.of(10), into)).rejects.toThrow(/ends before byte/);
    await reader.close();
  });

  it("never hang, crash or give wrong frames when their bytes are damaged", async () => {
    const whole = path.join(folder, "whole.hdf5");
    await writeTestFile(whole, { chunkFrames: 100, gzip: 1 });
    const bytes = readFileSync(whole);
    const outcomes = new Set<string>();
    for (let round = 0; round < 8; round++) {
      const file = path.join(folder, "damaged.hdf5");
      const damaged = Buffer.from(bytes);
      // Half of the damage is in the headers, half in the compressed frames.
      const place = round % 2 === 0 ? (round * 997) % 4096 : 4096 + ((round * 7919 * 1009) % (bytes.length - 4096));
      damaged.fill(0xa5, place, place + 8);
      writeFileSync(file, damaged);
      outcomes.add(await outcome(file));
    }
    expect([...outcomes].filter((text) => !/^(?:read|refused)$/.test(text))).toEqual([]);
    expect(outcomes.has("refused")).toBe(true);
  });
});

async function outcome(file: string): Promise<string> {
  try {
    await expectFrames(file, orders.shuffled);
    return "read";
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return /^\S*damaged\.hdf5 (?:has|cannot be read|ends)/.test(message) ? "refused" : message;
  }
}

describe("several files at once", () => {
  it("are read beside each other", async () => {
    const file = path.join(folder, "contiguous.hdf5");
    const copy = path.join(folder, "copy.hdf5");
    copyFileSync(file, copy);
    await Promise.all([expectFrames(file, orders.forwards), expectFrames(copy, orders.shuffled)]);
  });
});
