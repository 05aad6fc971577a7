/** The backends on TensorFlow.js. Nothing of it is loaded before one of them is asked. */
import { CliError } from "../../errors.js";
import type { Backend, BackendName } from "../backend.js";
import { openCpu, openTensorflow } from "./devices.js";
import { openSession, type Device } from "./session.js";
import { openWebgpu, type WebgpuOptions } from "./webgpu-device.js";

/** Plain JavaScript: the slow reference. */
export const tfjsBackend = backendOn("tfjs", openCpu);

/** TensorFlow's library, by the optional package `@tensorflow/tfjs-node`. */
export const tensorflowBackend = backendOn("tensorflow", openTensorflow);

/** A graphics processor, by WebGPU. */
export const webgpuBackend = createWebgpuBackend();

export function createWebgpuBackend(options: WebgpuOptions = {}): Backend {
  return backendOn("webgpu", () => openWebgpu(options));
}

function backendOn(name: BackendName, open: () => Promise<Device>): Backend {
  let opened: Promise<Device> | undefined;
  const device = () => (opened ??= open());
  return {
    name,
    unavailable: async () => {
      try {
        await device();
        return undefined;
      } catch (error) {
        if (error instanceof CliError) return error.message;
        throw error;
      }
    },
    open: async (program, options) => openSession(await device(), program, options),
  };
}
