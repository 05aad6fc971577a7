/** Writes generated frames into a file that has room for them. */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { modulations } from "../../../shared/dsl/data.js";
import { frameLength, frameSamples, groupAt } from "../frames/grid.js";
import { rowBytes } from "../hdf5/schema.js";
import type { SkeletonOffsets } from "../hdf5/skeleton.js";
import type { FrameParts } from "./generator.js";
import { numberedFrames, type SyntheticSpec } from "./source.js";

export interface WriteRequest {
  readonly file: string;
  readonly spec: SyntheticSpec;
  readonly offsets: SkeletonOffsets;
  /** Frames `first` to before `end` are written. */
  readonly first: number;
  readonly end: number;
}

/** Frames that are written at once: a mebibyte. */
const framesPerWrite = 128;

/** Generates and writes frames. `report` is given the number of frames done. Throws the system's error when it cannot. */
export function writeFrames({ file, spec, offsets, first, end }: WriteRequest, report: (done: number) => void): void {
  const frameAt = numberedFrames(spec);
  const samples = new Float32Array(framesPerWrite * frameLength);
  const labels = new BigInt64Array(framesPerWrite * modulations.length);
  const snrs = new BigInt64Array(framesPerWrite);
  const handle = openSync(file, "r+");
  try {
    for (let start = first; start < end; start += framesPerWrite) {
      const count = Math.min(framesPerWrite, end - start);
      labels.fill(0n);
      for (let index = 0; index < count; index++) {
        const { modulation, snr } = groupAt(start + index, spec.framesPerClassAndSnr);
        interleave(frameAt(start + index), samples, index * frameLength);
        labels[index * modulations.length + modulation] = 1n;
        snrs[index] = BigInt(snr);
      }
      writeFully(handle, samples, count * rowBytes.X, offsets.X + start * rowBytes.X);
      writeFully(handle, labels, count * rowBytes.Y, offsets.Y + start * rowBytes.Y);
      writeFully(handle, snrs, count * rowBytes.Z, offsets.Z + start * rowBytes.Z);
      report(start + count - first);
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Writes the sum of signal and noise as I and Q of each sample, the order of the file. */
function interleave({ signal, noise }: FrameParts, into: Float32Array, start: number): void {
  for (let sample = 0; sample < frameSamples; sample++) {
    into[start + 2 * sample] = (signal.re[sample] ?? 0) + (noise.re[sample] ?? 0);
    into[start + 2 * sample + 1] = (signal.im[sample] ?? 0) + (noise.im[sample] ?? 0);
  }
}

function writeFully(handle: number, values: Float32Array | BigInt64Array, length: number, position: number): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, length);
  for (let done = 0; done < length;) done += writeSync(handle, bytes, done, length - done, position + done);
}
