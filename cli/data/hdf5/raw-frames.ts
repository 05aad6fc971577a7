/** Frames that lie one after another in a file, read without the HDF5 library. */
import { closeSync, openSync, readSync } from "node:fs";
import { frameLength } from "../frames/grid.js";
import { stagedFrames, type ChannelsFirst } from "./channels-first.js";
import { FileProblem } from "./description.js";
import { ascending, type FrameSource } from "./frame-source.js";
import { rowBytes } from "./schema.js";

/** Frames that nobody wants are read with their neighbours when they are no more: that is faster than to skip them. */
const longestGap = 2;

/** Opens frames that begin at byte `offset` of the file. */
export function rawFrames(file: string, offset: number, order: ChannelsFirst): FrameSource {
  const handle = openSync(file, "r");
  return {
    read: (frames, into) => {
      const places = ascending(frames);
      const numberAt = (place: number) => frames[places[place] ?? -1] ?? Infinity;
      for (let done = 0; done < places.length;) {
        const first = numberAt(done);
        let last = first;
        let end = done + 1;
        for (; numberAt(end) <= Math.min(last + 1 + longestGap, first + stagedFrames - 1); end++) last = numberAt(end);
        readFully(handle, order.staged.subarray(0, (last + 1 - first) * frameLength), offset + first * rowBytes.X);
        for (; done < end; done++) order.write(numberAt(done) - first, into, places[done] ?? 0);
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
