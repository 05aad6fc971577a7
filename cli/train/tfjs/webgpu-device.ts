/** WebGPU by Dawn, from the npm package `webgpu`. */
import { CliError } from "../../errors.js";
import { deviceOf } from "./devices.js";
import { importOptional } from "./optional-package.js";
import type { Device } from "./session.js";

export interface WebgpuOptions {
  /** Accept an adapter that computes in software: right, but slower than any other backend. Default false. */
  readonly allowSoftware?: boolean;
}

/** What Dawn's package exports. */
interface Dawn {
  readonly create: (options: readonly string[]) => GPU;
  /** WebGPU's classes and flags, which a browser would have as globals. */
  readonly globals: object;
}

/** Newer than the types that TensorFlow.js comes with. */
interface Adapter extends GPUAdapter {
  readonly info: GPUAdapterInfo & { readonly isFallbackAdapter?: boolean };
}

/** Opens the fastest adapter. Throws a `CliError` when there is none to be used. */
export async function openWebgpu({ allowSoftware = false }: WebgpuOptions = {}): Promise<Device> {
  const adapter = await findAdapter();
  const { info } = adapter;
  if (!allowSoftware && isSoftware(info)) {
    throw new CliError(
      `The only WebGPU adapter is "${info.description}", which computes in software; use the wasm backend.`,
    );
  }
  const device = await adapter.requestDevice({ requiredLimits: usefulLimits(adapter.limits) });
  const errors: string[] = [];
  device.onuncapturederror = ({ error }) => errors.push(error.message);
  void device.lost.then(({ message }) => errors.push(message));
  const tf = await import("@tensorflow/tfjs-core");
  tf.enableProdMode();
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  tf.registerBackend("webgpu", () => new WebGPUBackend(device, info));
  return {
    ...deviceOf(tf, "webgpu"),
    // An invalid shader only logs an error and leaves zeros behind: numbers computed since then mean nothing.
    check: async () => {
      await device.queue.onSubmittedWorkDone();
      const [error] = errors.splice(0);
      if (error !== undefined) throw new CliError(`WebGPU failed (${error}); use another backend.`);
    },
  };
}

async function findAdapter(): Promise<Adapter> {
  const dawn = (await importOptional("webgpu")) as Dawn | undefined;
  if (dawn === undefined)
    throw new CliError("The package webgpu is not installed; install it by npm, beside quantlens.");
  Object.assign(globalThis, dawn.globals);
  // Dawn's own object must outlive its devices, and TensorFlow.js looks for it where browsers have it.
  const gpu = dawn.create([]);
  const host = globalThis as object as { readonly navigator?: object };
  if (host.navigator === undefined) Object.assign(globalThis, { navigator: { gpu } });
  else Object.defineProperty(host.navigator, "gpu", { value: gpu, configurable: true });
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw new CliError("No WebGPU adapter was found; install a Vulkan, Metal or Direct3D 12 driver.");
  return adapter as Adapter;
}

function isSoftware({ description, architecture, isFallbackAdapter = false }: Adapter["info"]): boolean {
  return isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${description} ${architecture}`);
}

/** As much of the adapter's limits as large tensors need. */
function usefulLimits(limits: GPUSupportedLimits): Record<string, number> {
  const {
    maxComputeWorkgroupStorageSize,
    maxComputeWorkgroupsPerDimension,
    maxStorageBufferBindingSize,
    maxBufferSize,
    maxComputeWorkgroupSizeX,
    maxComputeInvocationsPerWorkgroup,
  } = limits;
  return {
    maxComputeWorkgroupStorageSize,
    maxComputeWorkgroupsPerDimension,
    maxStorageBufferBindingSize,
    maxBufferSize,
    maxComputeWorkgroupSizeX,
    maxComputeInvocationsPerWorkgroup,
  };
}
