/** The built-in backend: fused kernels in WebAssembly, on threads that share their memory. */
import { defaultThreads, type Backend, type SessionOptions } from "../backend.js";
import type { TrainProgram } from "../program.js";
import { loadKernels } from "./load-kernels.js";
import { WasmSession } from "./session.js";

export interface WasmBackend extends Backend {
  open(program: TrainProgram, options: SessionOptions): Promise<WasmSession>;
}

export const wasmBackend: WasmBackend = {
  name: "wasm",
  unavailable: () => Promise.resolve(undefined),
  open: async (program, options) => {
    const threads = options.threads ?? defaultThreads();
    return WasmSession.open(program, { ...options, threads: Math.max(1, threads) }, await loadKernels());
  },
};
