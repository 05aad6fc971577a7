/** Which training backends work here, and why others do not. */
import { availableParallelism } from "node:os";
import { backendNames, loadBackend } from "../train/run/backends.js";
import { loadKernels } from "../train/wasm/load-kernels.js";
import type { BackendName } from "../train/backend.js";

export interface BackendState {
  readonly name: BackendName;
  readonly usable: boolean;
  /** What it is, or in one sentence why it cannot be used. */
  readonly detail: string;
}

export async function backendStates(): Promise<readonly BackendState[]> {
  const states: BackendState[] = [];
  for (const name of backendNames) states.push(await stateOf(name));
  return states;
}

async function stateOf(name: BackendName): Promise<BackendState> {
  try {
    const problem = await (await loadBackend(name)).unavailable();
    if (problem !== undefined) return { name, usable: false, detail: problem };
    return { name, usable: true, detail: await descriptions[name]() };
  } catch (error) {
    // Whatever goes wrong is what was asked for.
    return { name, usable: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

const descriptions: Readonly<Record<BackendName, () => Promise<string>>> = {
  wasm: async () => {
    const { fma } = await loadKernels();
    const variant = fma
      ? "SIMD with fused multiply-add"
      : "SIMD without fused multiply-add: this Node has no relaxed SIMD";
    return `built in, the default: ${variant}, ${availableParallelism()} threads`;
  },
  tensorflow: () => Promise.resolve("TensorFlow's library, by @tensorflow/tfjs-node"),
  webgpu: () => Promise.resolve("a graphics processor, by the package webgpu"),
  tfjs: () => Promise.resolve("built in: plain JavaScript, slow, to compare others with"),
};
