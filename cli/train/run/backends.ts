/** The training backends by name; each is loaded when it is asked for. */
import { CliError } from "../../errors.js";
import type { Backend, BackendName } from "../backend.js";

export const backendNames = ["wasm", "tensorflow", "webgpu", "tfjs"] as const satisfies readonly BackendName[];

export async function loadBackend(name: BackendName): Promise<Backend> {
  if (name === "wasm") return (await import("../wasm/backend.js")).wasmBackend;
  const { tensorflowBackend, tfjsBackend, webgpuBackend } = await import("../tfjs/backends.js");
  return { tensorflow: tensorflowBackend, tfjs: tfjsBackend, webgpu: webgpuBackend }[name];
}

/** A backend that works on this machine. Throws a `CliError` that says why another one does not. */
export async function usableBackend(name: BackendName): Promise<Backend> {
  const backend = await loadBackend(name);
  const problem = await backend.unavailable();
  if (problem === undefined) return backend;
  throw new CliError(`The backend ${name} cannot be used here: ${problem} --backend wasm works everywhere.`);
}
