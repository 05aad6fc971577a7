/** Bytes that are read piece by piece: of an array, or of a file that is not held in memory as a whole. */

export interface ByteSource {
  readonly length: number;
  /** Fills the target with the bytes from `start` on, which must be there. */
  read(start: number, target: Uint8Array): void;
}

/** An array as a source; a source itself. */
export function byteSource(bytes: Uint8Array | ByteSource): ByteSource {
  if (!(bytes instanceof Uint8Array)) return bytes;
  return {
    length: bytes.length,
    read: (start, target) => {
      target.set(bytes.subarray(start, start + target.length));
    },
  };
}

/** A copy of the bytes from `start` up to `end`. */
export function readBytes(source: ByteSource, start: number, end: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(end - start);
  source.read(start, bytes);
  return bytes;
}
