/** Small HDF5 files in the layout of RadioML 2018.01A, and files that miss it, written by the HDF5 library itself. */
import h5wasm from "h5wasm/node";
import { modulations } from "../../../shared/dsl/data.js";
import { frameLength, frameSamples, groupAt, groupCount } from "../frames/grid.js";

export interface TestFile {
  /** Default 1. */
  readonly framesPerGroup?: number;
  /** Frames of a chunk of X; the chunks of the samples are as wide as `chunkSamples`. Default: contiguous. */
  readonly chunkFrames?: number;
  readonly chunkSamples?: number;
  /** Level of gzip; only with chunks. */
  readonly gzip?: number;
  /** Called before the file is written, to spoil it. */
  readonly spoil?: (content: TestContent) => void;
  /** A data set that is not written. */
  readonly without?: "X" | "Y" | "Z";
  /** Write X as doubles. */
  readonly doubles?: boolean;
}

/** What is written; arrays may be changed in place. */
export interface TestContent {
  readonly x: Float32Array;
  readonly y: BigInt64Array;
  readonly z: BigInt64Array;
}

/** I (part 0) or Q (part 1) of a sample: any number that tells frames and samples apart. */
export function testValue(frame: number, sample: number, part: 0 | 1): number {
  return Math.fround(frame + (2 * sample + part) / 4096);
}

/** A frame in the model's order. */
export function testFrame(frame: number): Float32Array {
  return Float32Array.from({ length: frameLength }, (_, index) =>
    testValue(frame, index % frameSamples, index < frameSamples ? 0 : 1),
  );
}

/** Writes a file; gives the number of its frames. */
export async function writeTestFile(path: string, options: TestFile = {}): Promise<number> {
  const {
    framesPerGroup = 1,
    chunkFrames,
    chunkSamples = frameSamples,
    gzip,
    spoil,
    without,
    doubles = false,
  } = options;
  await h5wasm.ready;
  const frames = framesPerGroup * groupCount;
  const content = testContent(frames, framesPerGroup);
  spoil?.(content);
  const file = new h5wasm.File(path, "w");
  const storage = (chunks: number[]) =>
    chunkFrames === undefined ? {} : { chunks, ...(gzip !== undefined && { compression: gzip }) };
  if (without !== "X") {
    const data = doubles ? Float64Array.from(content.x) : content.x;
    const chunks = [chunkFrames ?? 1, chunkSamples, 2];
    file.create_dataset({
      name: "X",
      data,
      shape: [frames, frameSamples, 2],
      dtype: doubles ? "<d" : "<f",
      ...storage(chunks),
    });
  }
  if (without !== "Y") {
    const shape = [frames, modulations.length];
    file.create_dataset({ name: "Y", data: content.y, shape, dtype: "<q", ...storage([100, modulations.length]) });
  }
  if (without !== "Z") {
    file.create_dataset({ name: "Z", data: content.z, shape: [frames, 1], dtype: "<q", ...storage([100, 1]) });
  }
  file.close();
  return frames;
}

function testContent(frames: number, framesPerGroup: number): TestContent {
  const x = new Float32Array(frames * frameLength);
  const y = new BigInt64Array(frames * modulations.length);
  const z = new BigInt64Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    const { modulation, snr } = groupAt(frame, framesPerGroup);
    y[frame * modulations.length + modulation] = 1n;
    z[frame] = BigInt(snr);
    for (let index = 0; index < frameLength; index++) {
      x[frame * frameLength + index] = testValue(frame, index >> 1, index % 2 === 0 ? 0 : 1);
    }
  }
  return { x, y, z };
}
