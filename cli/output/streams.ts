/** Standard output is for results, standard error for messages; colours only where a terminal shows them. */
import { fstatSync, writeSync } from "node:fs";
import { createColors, type Colors } from "./colors.js";
import { systemErrorCode } from "../errors.js";

/** Colours for a stream: none unless it is a terminal, `NO_COLOR` is unset or empty, and `TERM` is not `dumb`. */
export function colorsFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Colors {
  return createColors(stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb");
}

/** Colours for results. Only a character device can be a terminal, so that no stream is made to find out. */
export function resultColors(): Colors {
  return colorsFor(fstatSync(descriptors.stdout).isCharacterDevice() ? process.stdout : {});
}

/** Characters of a line of the terminal that results go to; no end where they go elsewhere. */
export function resultWidth(): number {
  if (!fstatSync(descriptors.stdout).isCharacterDevice() || !process.stdout.isTTY) return Infinity;
  // A terminal that does not know its size says 0.
  return process.stdout.columns || Infinity;
}

/** Writes a result. */
export function writeResult(text: string): void {
  write("stdout", text.endsWith("\n") ? text : `${text}\n`);
}

/** Writes a message to the person at the terminal. */
export function writeMessage(text: string): void {
  write("stderr", `${text}\n`);
}

export type StreamName = "stdout" | "stderr";

const descriptors = { stdout: 1, stderr: 2 } as const;

/** Streams that have taken over because their reader was too slow: what comes later must come after. */
const busy = new Map<StreamName, NodeJS.WriteStream>();

/** Writes text as it is. To the file itself: Node takes 5 ms to make its first stream, an eighth of all that a short command takes. */
export function write(name: StreamName, text: string): void {
  let rest = Buffer.from(text);
  try {
    while (!busy.has(name) && rest.length > 0) rest = rest.subarray(writeSync(descriptors[name], rest));
  } catch (error) {
    if (systemErrorCode(error) !== "EAGAIN") leave(error);
    busy.set(name, endWhenReaderLeaves(process[name]));
  }
  busy.get(name)?.write(rest);
}

/** Has the process end quietly, with the exit code so far, when the stream's reader goes away (`| head`). */
export function endWhenReaderLeaves(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream.on("error", leave);
}

function leave(error: unknown): never {
  if (systemErrorCode(error) === "EPIPE") process.exit();
  throw error;
}
