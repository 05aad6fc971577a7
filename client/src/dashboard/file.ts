/** Files on this machine that grow while they are read. Runs and sweeps are written by processes that run here. */
import { open, readFile, stat } from "node:fs/promises";
import type { GrowingFile } from "./line-reader.js";

/** A missing file has no size: it may still come. */
export function growingFile(path: string): GrowingFile {
  return {
    size: () =>
      stat(path).then(
        ({ size }) => size,
        () => undefined,
      ),
    async read(offset, length) {
      const handle = await open(path, "r");
      try {
        const bytes = new Uint8Array(length);
        const { bytesRead } = await handle.read(bytes, 0, length, offset);
        return bytes.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
  };
}

/** A whole JSON document, and when it was written; `undefined` while there is none. */
export async function readDocument(
  path: string,
): Promise<{ readonly value: unknown; readonly stamp: number } | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    return { value: JSON.parse(await readFile(path, "utf8")), stamp: mtimeMs };
  } catch {
    // Not there yet; documents are renamed into place, so none is ever half written.
    return undefined;
  }
}
