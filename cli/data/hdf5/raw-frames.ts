/** Frames that lie one after another in a file, read without the HDF5 library. */
import { closeSync, openSync, readSync } from "node:fs";
import { frameLength } from "../frames/grid.js";
import { deinterleave } from "./deinterleave.js";
import { FileProblem } from "./description.js";
import { ascending, type FrameSource } from "./frame-source.js";
import { rowBytes } from "./schema.js";

/** Neighbouring frames that are read at once: one mebibyte. */
const framesPerRead = 128;

/** Opens frames that begin at byte `offset` of the file. */
export function rawFrames(file: string, offset: number): FrameSource {
  const handle = openSync(file, "r");
  const buffer = new Float32Array(framesPerRead * frameLength);
  return {
    read: (frames, into) => {
      const order = ascending(frames);
      for (let done = 0; done < order.length;) {
        const first = frames[order[done] ?? 0] ?? 0;
        let count = 1;
        while (count < framesPerRead && frames[order[done + count] ?? -1] === first + count) count++;
        readFully(handle, buffer.subarray(0, count * frameLength), offset + first * rowBytes.X);
        for (let index = 0; index < count; index++) deinterleave(buffer, index, into, order[done + index] ?? 0);
        done += count;
      }
    },
    close: () => {
      closeSync(handle);
    },
  };
}

/** Fills `values` from byte `position` of a file. Throws a `FileProblem` when the file ends before. */
export function readFully(handle: number, values: Float32Array | BigInt64Array, position: number): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (let done = 0; done < bytes.length;) {
    const count = readSync(handle, bytes, done, bytes.length - done, position + done);
    if (count === 0)
      throw new FileProblem(`ends before byte ${position + done}, where frames should be: it is not complete.`);
    done += count;
  }
}
