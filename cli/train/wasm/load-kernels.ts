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

const folders = [import.meta.dirname, path.resolve(import.meta.dirname, "../../../dist")];

async function readModule(name: string): Promise<Buffer> {
  for (const folder of folders) {
    try {
      return await readFile(path.join(folder, name));
    } catch (error) {
      if (systemErrorCode(error) !== "ENOENT") throw error;
    }
  }
  throw new CliError(
    `${name} is missing from ${folders[0] ?? ""}: run \`npm run build\`, or install the package again.`,
  );
}

/** Node 20 and 22 know relaxed SIMD behind a flag, newer ones by default. */
function allowRelaxedSimd(): void {
  if (Number(process.versions.node.split(".")[0]) < 23) setFlagsFromString("--experimental-wasm-relaxed-simd");
}

/** The variant with fused multiply-add where this Node takes it (`fma: false` asks for the other one). */
export async function loadKernels(options: { readonly fma?: boolean } = {}): Promise<KernelModule> {
  if (options.fma !== false) {
    allowRelaxedSimd();
    const relaxed = await readModule("train-kernels-relaxed.wasm");
    if (WebAssembly.validate(relaxed)) return { module: await WebAssembly.compile(relaxed), fma: true };
  }
  return { module: await WebAssembly.compile(await readModule("train-kernels.wasm")), fma: false };
}

/** One instance per thread. `memory`: shared, with a maximum of 65,536 pages (4 GiB); see `createKernelMemory`. */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

/** Memory as the kernels want it: shared, growing up to 4 GiB. */
export function createKernelMemory(bytes: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: Math.ceil(bytes / 65_536), maximum: 65_536, shared: true });
}
