/** Frames in chunks, compressed or not, read by the HDF5 library in blocks of whole chunks. */
import { frameLength } from "../frames/grid.js";
import type { ChannelsFirst } from "./channels-first.js";
import type { DatasetDescription } from "./description.js";
import { ascending, type FrameSource } from "./frame-source.js";
import type { OpenHdf5 } from "./library.js";
import { rowBytes } from "./schema.js";

/** Decoded blocks that are kept: shuffled reads come back to the same chunks. */
const keptBytes = 64 * 1024 ** 2;
/** Most frames of a block; chunks of more are decoded more than once. */
const mostFramesPerBlock = 2048;
/** Neighbouring blocks are read at once up to so many frames. */
const framesPerRead = 1024;

/** Frames of a checked file through the library. Closes the file when it is closed. */
export function chunkedFrames(
  file: OpenHdf5,
  { shape, chunks }: DatasetDescription,
  order: ChannelsFirst,
): FrameSource {
  const total = shape[0] ?? 0;
  const perBlock = Math.min(chunks?.[0] ?? 1, mostFramesPerBlock);
  const keptBlocks = Math.max(1, Math.floor(keptBytes / (perBlock * rowBytes.X)));
  const blocks = new Map<number, Float32Array>();

  /** Reads blocks `first` to `last` at once and keeps them; the oldest make room. */
  const load = (first: number, last: number) => {
    const start = first * perBlock;
    const values = file.rows("X", start, Math.min(total, (last + 1) * perBlock));
    const length = perBlock * frameLength;
    for (let block = first; block <= last; block++) {
      // One of several is copied, so that a block that is kept does not keep its neighbours.
      const own = first === last ? values : values.slice((block - first) * length, (block - first + 1) * length);
      blocks.delete(block);
      blocks.set(block, own);
    }
    for (const oldest of blocks.keys()) {
      if (blocks.size <= keptBlocks) break;
      blocks.delete(oldest);
    }
  };

  return {
    read: (frames, into) => {
      const places = ascending(frames);
      const numberAt = (place: number) => frames[places[place] ?? 0] ?? 0;
      const blockOf = (place: number) => Math.floor(numberAt(place) / perBlock);
      for (let done = 0; done < places.length;) {
        const block = blockOf(done);
        if (!blocks.has(block)) load(block, lastOfRun(block, done, places.length, blockOf));
        const values = blocks.get(block);
        for (; done < places.length && blockOf(done) === block; done++) {
          const start = (numberAt(done) - block * perBlock) * frameLength;
          if (values) order.staged.set(values.subarray(start, start + frameLength));
          order.write(0, into, places[done] ?? 0);
        }
      }
    },
    close: () => {
      file.close();
    },
  };

  /** The last of the wanted blocks that follow `block` without a gap and are not kept, as far as one read goes. */
  function lastOfRun(block: number, place: number, count: number, blockOf: (place: number) => number): number {
    const most = Math.min(keptBlocks, Math.max(1, Math.floor(framesPerRead / perBlock)));
    let last = block;
    for (let next = place; next < count && last - block + 1 < most; next++) {
      const wanted = blockOf(next);
      if (wanted > last + 1 || blocks.has(wanted)) break;
      last = wanted;
    }
    return last;
  }
}
