/** The backends that this machine can run, for tests that hold all of them to the same numbers. */
import process from "node:process";
import type { Backend } from "../backend.js";
import { createWebgpuBackend, tensorflowBackend, tfjsBackend } from "../tfjs/backends.js";
import { wasmBackend } from "../wasm/backend.js";

/**
 * WebGPU is asked for by name, because a software adapter takes minutes: on Debian with the package chromium-common
 * `QUANTLENS_TEST_WEBGPU=1 VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json LD_LIBRARY_PATH=/usr/lib/chromium`.
 */
const candidates = [
  wasmBackend,
  ...(process.env.QUANTLENS_TEST_WEBGPU === undefined ? [] : [createWebgpuBackend({ allowSoftware: true })]),
  tfjsBackend,
  tensorflowBackend,
];

/** Each with its name first, as `describe.each` wants it. What is left out is said on the standard error stream. */
export async function usableBackends(): Promise<readonly (readonly [string, Backend])[]> {
  const usable: (readonly [string, Backend])[] = [];
  for (const backend of candidates) {
    const reason = await backend.unavailable();
    if (reason === undefined) usable.push([backend.name, backend]);
    else process.stderr.write(`the backend ${backend.name} is not tested: ${reason}\n`);
  }
  return usable;
}
