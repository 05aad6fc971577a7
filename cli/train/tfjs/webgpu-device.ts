/** WebGPU by Dawn, from the npm package `webgpu`. */
import { CliError } from "../../errors.js";
import { choose } from "./devices.js";
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

let foundAdapter: Promise<Adapter> | undefined;
let openedDevice: Promise<Device> | undefined;

/** Opens the fastest adapter, once in a process. Throws a `CliError` when there is none to be used. */
export async function openWebgpu({ allowSoftware = false }: WebgpuOptions = {}): Promise<Device> {
  const adapter = await (foundAdapter ??= findAdapter());
  if (!allowSoftware && isSoftware(adapter.info)) {
    throw new CliError(
      `The only WebGPU adapter is "${adapter.info.description}", which computes in software; use the wasm backend.`,
    );
  }
  return (openedDevice ??= openDevice(adapter));
}

async function openDevice(adapter: Adapter): Promise<Device> {
  const device = await adapter.requestDevice({ requiredLimits: usefulLimits(adapter.limits) });
  const tf = await import("@tensorflow/tfjs-core");
  tf.enableProdMode();
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  // The package registers a device of its own when it finds WebGPU, whose errors nobody would see.
  tf.removeBackend("webgpu");
  tf.registerBackend("webgpu", () => new WebGPUBackend(device, adapter.info));
  return {
    tf,
    run: async (work) => {
      await choose(tf, "webgpu");
      return withoutErrors(device, work);
    },
  };
}

const errorKinds = ["validation", "out-of-memory", "internal"] as const;

/**
 * Runs `work` and throws what the device reported meanwhile. TensorFlow.js only logs it and goes on: after an invalid
 * shader its numbers mean nothing.
 */
async function withoutErrors<T>(device: GPUDevice, work: () => Promise<T>): Promise<T> {
  for (const kind of errorKinds) device.pushErrorScope(kind);
  const [outcome] = await Promise.allSettled([work()]);
  const errors = await Promise.all(errorKinds.map(() => device.popErrorScope()));
  const [firstLine] = errors.flatMap((error) => error?.message.split("\n")[0] ?? []);
  if (firstLine !== undefined) throw new CliError(`WebGPU failed (${firstLine}); use another backend.`);
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value;
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
