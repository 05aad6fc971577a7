/** From the file's order, I and Q of each sample, to the model's: all I, then all Q. */
import { createKernelMemory, instantiateKernels, loadKernels } from "../../train/wasm/load-kernels.js";
import { frameLength, frameSamples } from "../frames/grid.js";
import { framesPerPiece } from "../worker/protocol.js";
import { rowBytes } from "./schema.js";

/** Puts frames into the model's order with one of the training's kernels, which takes a seventh of JavaScript's time. */
export interface ChannelsFirst {
  /** Room for `stagedFrames` frames in the file's order, in the kernels' memory: read frames into it. */
  readonly staged: Float32Array;
  /** Room for whole requests, in the same memory: what goes into them is not copied once more. */
  readonly pieces: readonly Float32Array[];
  /** Writes the staged frame `from` as frame `to` of `into`. */
  write(from: number, into: Float32Array, to: number): void;
}

/** Frames that can be staged: one mebibyte. */
export const stagedFrames = 128;

const pieces = 3;

export async function createChannelsFirst(): Promise<ChannelsFirst> {
  const { module } = await loadKernels({ fma: false });
  const framesBefore = stagedFrames + 1;
  const memory = createKernelMemory((framesBefore + pieces * framesPerPiece) * rowBytes.X);
  const kernels = instantiateKernels(module, memory);
  const frames = (first: number, count: number) =>
    new Float32Array(memory.buffer, first * rowBytes.X, count * frameLength);
  const single = frames(stagedFrames, 1);
  return {
    staged: frames(0, stagedFrames),
    pieces: Array.from({ length: pieces }, (_, piece) => frames(framesBefore + piece * framesPerPiece, framesPerPiece)),
    write: (from, into, to) => {
      const isHere = into.buffer === memory.buffer;
      const target = isHere ? into.byteOffset + to * rowBytes.X : single.byteOffset;
      kernels.transpose(frameSamples, 2, from * rowBytes.X, 2, target, frameSamples);
      if (!isHere) into.set(single, to * frameLength);
    },
  };
}
