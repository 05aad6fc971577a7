/** Which samples a number stands for: two evaluations with the same digest were made on the same ones. */
import { digest } from "../train/checkpoint/fingerprint.js";

/** SHA-256 of the samples' numbers in their order, as little-endian uint32. */
export function framesDigest(indices: Uint32Array): string {
  const bytes = new Uint8Array(4 * indices.length);
  const view = new DataView(bytes.buffer);
  indices.forEach((index, position) => {
    view.setUint32(4 * position, index, true);
  });
  return digest(bytes);
}
