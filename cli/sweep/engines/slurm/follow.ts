/** What a training on another machine tells: the lines that are added to a file on the shared disk. */
import { closeSync, openSync, readSync, statSync } from "node:fs";

/** Gives the lines that have come since the last call; at first those that come from now on. A line counts when it is whole. */
export function newLines(file: string): () => readonly string[] {
  let offset = sizeOf(file);
  return () => {
    const size = sizeOf(file);
    // A file that was made anew is read from its start.
    if (size < offset) offset = 0;
    if (size === offset) return [];
    const text = readPart(file, offset, size).toString("utf8");
    const end = text.lastIndexOf("\n") + 1;
    offset += Buffer.byteLength(text.slice(0, end));
    return text.slice(0, end).split("\n").slice(0, -1);
  };
}

/** 0 for a file that is not there. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function readPart(file: string, from: number, to: number): Buffer {
  const handle = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(to - from);
    return bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, from));
  } finally {
    closeSync(handle);
  }
}
