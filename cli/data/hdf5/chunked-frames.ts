/** Frames in chunks, compressed or not, read by the HDF5 library in blocks of whole chunks. */
import { deinterleave } from "./deinterleave.js";
import type { DatasetDescription } from "./description.js";
import { ascending, type FrameSource } from "./frame-source.js";
import type { OpenHdf5 } from "./library.js";
import { rowBytes } from "./schema.js";

/** Decoded blocks that are kept: shuffled reads come back to the same chunks. */
const keptBytes = 64 * 1024 ** 2;
/** Most frames of a block; chunks of more are decoded more than once. */
const mostFramesPerBlock = 4096;
/** Neighbouring blocks are read at once up to so many frames. */
const framesPerRead = 1024;

/** Frames of a checked file through the library. Closes the file when it is closed. */
export function chunkedFrames(file: OpenHdf5, { shape, chunks }: DatasetDescription): FrameSource {
  const total = shape[0] ?? 0;
  const perBlock = Math.min(chunks?.[0] ?? 1, mostFramesPerBlock);
  const keptBlocks = Math.max(1, Math.floor(keptBytes / (perBlock * rowBytes.X)));
  const blocks = new Map<number, Float32Array>();

  /** Reads blocks `first` to `last` at once and keeps them; the oldest make room. */
  const load = (first: number, last: number) => {
    const start = first * perBlock;
    const values = file.rows("X", start, Math.min(total, (last + 1) * perBlock));
    const length = (perBlock * rowBytes.X) / Float32Array.BYTES_PER_ELEMENT;
    for (let block = first; block <= last; block++) {
      // A copy, so that one kept block does not keep its neighbours.
      const own = values.slice((block - first) * length, (block - first + 1) * length);
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
      const order = ascending(frames);
      const blockOf = (place: number) => Math.floor((frames[order[place] ?? 0] ?? 0) / perBlock);
      for (let done = 0; done < order.length;) {
        const block = blockOf(done);
        if (!blocks.has(block)) load(block, lastOfRun(block, done, order.length, blockOf));
        const values = blocks.get(block);
        for (; done < order.length && blockOf(done) === block; done++) {
          const position = order[done] ?? 0;
          if (values) deinterleave(values, (frames[position] ?? 0) - block * perBlock, into, position);
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
