/** Which training backends work here, and why others do not. */
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import path from "node:path";
import { backendNames, loadBackend } from "../train/run/backends.js";
import { loadKernels } from "../train/wasm/load-kernels.js";
import type { BackendName } from "../train/backend.js";

export interface BackendState {
  readonly name: BackendName;
  readonly usable: boolean;
  /** What it is, or in one sentence why it cannot be used. */
  readonly detail: string;
}

/** Their libraries are machine code that writes to the terminal and may take its process down. */
const native: ReadonlySet<BackendName> = new Set(["tensorflow", "webgpu"]);

/** A driver that does not answer is no use either. */
const limitMs = 60_000;

export async function backendStates(): Promise<readonly BackendState[]> {
  const states: BackendState[] = [];
  for (const name of backendNames) states.push(await (native.has(name) ? stateElsewhere(name) : stateOf(name)));
  return states;
}

/** Asks a process of its own, `quantlens doctor --backend NAME`. */
function stateElsewhere(name: BackendName): Promise<BackendState> {
  const args = [path.join(import.meta.dirname, "cli.cjs"), "doctor", "--backend", name];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: limitMs, killSignal: "SIGKILL" }, (error, stdout) => {
      if (error === null) {
        resolve(JSON.parse(stdout) as BackendState);
        return;
      }
      const end = error.killed ? `does not answer within ${limitMs / 1000} s` : "ends the process that it is tried in";
      const reason = error.killed || !error.signal ? "" : ` (${error.signal})`;
      resolve({ name, usable: false, detail: `Its library ${end}${reason}; use the wasm backend.` });
    });
  });
}

/** Tries a backend in this process. */
export async function stateOf(name: BackendName): Promise<BackendState> {
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
