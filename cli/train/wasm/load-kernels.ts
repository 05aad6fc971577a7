/** Finds, compiles and instantiates the kernels. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { CliError, systemErrorCode } from "../../errors.js";
import type { Kernels } from "./kernels.js";

/** A compiled module can be posted to worker threads; each instantiates it on the shared memory. */
export interface KernelModule {
  readonly module: WebAssembly.Module;
  /** True for the variant with fused multiply-add (WebAssembly's relaxed SIMD). */
  readonly fma: boolean;
}

export interface LoadOptions {
  /** False asks for the variant without fused multiply-add. */
  readonly fma?: boolean;
  /** Where the compiled files are. Default: beside this code, bundled or not. */
  readonly folder?: string;
}

/** Beside the bundle that this code is in, or in `dist/` when the sources themselves run. */
const folders = [import.meta.dirname, path.resolve(import.meta.dirname, "../../../dist")];

async function readModule(name: string, folder: string | undefined): Promise<Buffer> {
  for (const place of folder === undefined ? folders : [folder]) {
    try {
      return await readFile(path.join(place, name));
    } catch (error) {
      if (systemErrorCode(error) !== "ENOENT") throw error;
    }
  }
  throw new CliError(
    `${name} is missing from ${folder ?? import.meta.dirname}: run \`npm run build\`, or install the package again.`,
  );
}

/** True when this engine takes the bytes. V8 has relaxed SIMD since version 11.4; Node 20 has 11.3, where it is behind a flag. */
function isAccepted(relaxed: Uint8Array): boolean {
  if (WebAssembly.validate(relaxed)) return true;
  if (!process.versions.v8.startsWith("11.")) return false;
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  return WebAssembly.validate(relaxed);
}

/** The variant with fused multiply-add where this engine takes it, else the other one. */
export async function loadKernels({ fma = true, folder }: LoadOptions = {}): Promise<KernelModule> {
  if (fma) {
    const relaxed = await readModule("train-kernels-relaxed.wasm", folder);
    if (isAccepted(relaxed)) return { module: await WebAssembly.compile(relaxed), fma: true };
  }
  return { module: await WebAssembly.compile(await readModule("train-kernels.wasm", folder)), fma: false };
}

/** One instance per thread. `memory`: shared, with a maximum of 65,536 pages (4 GiB); see `createKernelMemory`. */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

/** Memory as the kernels want it: shared, growing up to 4 GiB. */
export function createKernelMemory(bytes: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: Math.ceil(bytes / 65_536), maximum: 65_536, shared: true });
}
