/** From the file's order, I and Q of each sample, to the model's: all I, then all Q. */
import { frameLength, frameSamples } from "../frames/grid.js";

/** Writes frame `from` of `frames` as frame `to` of `into`. */
export function deinterleave(frames: Float32Array, from: number, into: Float32Array, to: number): void {
  let source = from * frameLength;
  const start = to * frameLength;
  for (let target = start; target < start + frameSamples; target++) {
    into[target] = frames[source++] ?? 0;
    into[target + frameSamples] = frames[source++] ?? 0;
  }
}
