/**
 * Loaded into a language server before its own code, when `SERVER_CLOCK` says what to look for: how long after an edit has
 * come in the answer to the request behind it goes out. What the client and the pipes take is not in it.
 */
import { writeFileSync } from "node:fs";

/** The value of `SERVER_CLOCK`, as JSON. */
interface Clock {
  /** What an edit has in it. */
  readonly edit: string;
  /** What the answer has in it. */
  readonly answer: string;
  /** Where the milliseconds are written when the server ends. */
  readonly file: string;
}

const { edit, answer, file } = JSON.parse(process.env.SERVER_CLOCK ?? "{}") as Clock;
const samples: number[] = [];
let came: number | undefined;

const push = process.stdin.push.bind(process.stdin);
process.stdin.push = (chunk: unknown, ...rest) => {
  if (textOf(chunk).includes(edit)) came = performance.now();
  return push(chunk, ...rest);
};

const write = process.stdout.write.bind(process.stdout) as (...args: unknown[]) => boolean;
process.stdout.write = (...args: unknown[]) => {
  const written = write(...args);
  if (came === undefined || !textOf(args[0]).includes(answer)) return written;
  samples.push(performance.now() - came);
  came = undefined;
  return written;
};

process.once("exit", () => {
  writeFileSync(file, JSON.stringify(samples));
});

function textOf(chunk: unknown): string {
  if (typeof chunk === "string") return chunk;
  return chunk instanceof Uint8Array ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString() : "";
}
