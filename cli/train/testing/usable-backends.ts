/** The backends that this machine can run, for tests that hold all of them to the same numbers. */
import process from "node:process";
import type { Backend } from "../backend.js";
import { tensorflowBackend, tfjsBackend } from "../tfjs/backends.js";
import { wasmBackend } from "../wasm/backend.js";

/** Each with its name first, as `describe.each` wants it. What is left out is said on the standard error stream. */
export async function usableBackends(): Promise<readonly (readonly [string, Backend])[]> {
  const usable: (readonly [string, Backend])[] = [];
  for (const backend of [wasmBackend, tfjsBackend, tensorflowBackend]) {
    const reason = await backend.unavailable();
    if (reason === undefined) usable.push([backend.name, backend]);
    else process.stderr.write(`the backend ${backend.name} is not tested: ${reason}\n`);
  }
  return usable;
}
