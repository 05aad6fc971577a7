/** The built-in data source: generated frames, made when they are first read. */
import { setImmediate } from "node:timers/promises";
import { frameLength, frameSamples, groupAt } from "../frames/grid.js";
import type { SampleReader } from "../frames/subset.js";
import { frameGenerator, type FrameParts } from "./generator.js";

export interface SyntheticSpec {
  readonly framesPerClassAndSnr: number;
  readonly seed: number;
}

/** Frames are kept in memory up to this size; others are made again whenever they are read. */
const keptBytes = 1024 ** 3;
const bytesPerFrame = frameLength * Float32Array.BYTES_PER_ELEMENT;
/** Frames that are allocated together. */
const framesPerSlab = 1024;
/** Frames that are made before others on this thread have their turn: some milliseconds. */
const framesPerTurn = 64;

/** For reports. */
export function syntheticName({ framesPerClassAndSnr, seed }: SyntheticSpec): string {
  return `synthetic, ${framesPerClassAndSnr} frames per class and SNR, seed ${seed}`;
}

/** Makes the frame with this number in the order of the file; the arrays hold until the next is made. */
export function numberedFrames({ framesPerClassAndSnr, seed }: SyntheticSpec): (frame: number) => FrameParts {
  const generate = frameGenerator(seed);
  return (frame) => {
    const { modulation, snr, start } = groupAt(frame, framesPerClassAndSnr);
    return generate({ modulation, snr, index: frame - start });
  };
}

/** Reads generated frames. The first read of a frame makes it. */
export function syntheticReader(spec: SyntheticSpec, keptFrames = Math.floor(keptBytes / bytesPerFrame)): SampleReader {
  const generate = numberedFrames(spec);
  const kept = keepFrames(keptFrames);
  return {
    sampleLength: frameLength,
    read: async (frames, into) => {
      let made = 0;
      for (const [position, frame] of frames.entries()) {
        const target = into.subarray(position * frameLength, (position + 1) * frameLength);
        if (kept.copy(frame, target)) continue;
        writeChannels(generate(frame), target);
        kept.keep(frame, target);
        if (++made % framesPerTurn === 0) await setImmediate();
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Writes the sum of signal and noise as all I and then all Q, the order of the model's input (2, 1024). */
function writeChannels({ signal, noise }: FrameParts, into: Float32Array): void {
  for (let sample = 0; sample < frameSamples; sample++) {
    into[sample] = (signal.re[sample] ?? 0) + (noise.re[sample] ?? 0);
    into[frameSamples + sample] = (signal.im[sample] ?? 0) + (noise.im[sample] ?? 0);
  }
}

/** Keeps the first `capacity` different frames, in slabs that are allocated as they are needed. */
function keepFrames(capacity: number) {
  const places = new Map<number, number>();
  const slabs: Float32Array[] = [];
  const at = (place: number): Float32Array | undefined => {
    const start = (place % framesPerSlab) * frameLength;
    return slabs[Math.floor(place / framesPerSlab)]?.subarray(start, start + frameLength);
  };
  return {
    /** Copies a kept frame into `target`; false when it is not kept. */
    copy(frame: number, target: Float32Array): boolean {
      const place = places.get(frame);
      const found = place === undefined ? undefined : at(place);
      if (found) target.set(found);
      return found !== undefined;
    },
    keep(frame: number, values: Float32Array): void {
      const place = places.size;
      if (place >= capacity) return;
      if (place % framesPerSlab === 0) slabs.push(new Float32Array(Math.min(framesPerSlab, capacity) * frameLength));
      at(place)?.set(values);
      places.set(frame, place);
    },
  };
}
