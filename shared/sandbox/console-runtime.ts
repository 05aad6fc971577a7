/** `console` inside the sandbox: what a program prints is kept, with the call that printed it. */
import type { LogLine } from "./protocol.js";

/** What is kept: enough to see, too little to do harm. */
const maxLines = 200;
const maxLength = 300;

/** Makes `globalThis.console`. Returns how to get at what was printed. */
export function installConsole(currentCall: () => number | undefined): () => readonly LogLine[] {
  const lines: LogLine[] = [];
  const { stringify } = JSON;
  const log = (...values: unknown[]): void => {
    if (lines.length >= maxLines) return;
    const text = values.map((value) => describe(value, stringify)).join(" ");
    const call = currentCall();
    lines.push({ text: text.slice(0, maxLength), ...(call !== undefined && { call }) });
  };
  const console = { log, info: log, warn: log, error: log, debug: log, table: log };
  Object.defineProperty(globalThis, "console", { value: console, writable: true, configurable: true });
  return () => lines;
}

function describe(value: unknown, stringify: (value: unknown) => string | undefined): string {
  if (typeof value === "string") return value;
  if (typeof value === "function") return `function ${value.name}`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  try {
    return stringify(value) ?? String(value);
  } catch {
    // Circular, or with big integers in it.
    return Object.prototype.toString.call(value);
  }
}
