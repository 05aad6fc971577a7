/** Where TensorFlow.js computes: in plain JavaScript, or in TensorFlow's own library. */
import { createRequire } from "node:module";
import path from "node:path";
import { CliError } from "../../errors.js";
import { importOptional } from "./optional-package.js";
import type { Tf } from "./op-run.js";
import type { Device } from "./session.js";

/** Plain JavaScript: slow, there everywhere. */
export async function openCpu(): Promise<Device> {
  const tf = await import("@tensorflow/tfjs-core");
  // Keeps the library from advising Node users to install another of its packages.
  tf.enableProdMode();
  await import("@tensorflow/tfjs-backend-cpu");
  return deviceOf(tf, "cpu");
}

/** The name of the package with TensorFlow's library, which users install beside this one. */
const tensorflowPackage = "@tensorflow/tfjs-node";

/** TensorFlow's library by `@tensorflow/tfjs-node`. Throws a `CliError` when it is not installed or does not load. */
export async function openTensorflow(): Promise<Device> {
  restoreNodeFunctions();
  let module: unknown;
  try {
    module = await importOptional(tensorflowPackage);
  } catch (error) {
    const cause = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new CliError(`The package ${tensorflowPackage} is installed but does not load (${cause}); install it again.`);
  }
  if (module === undefined) {
    throw new CliError(`The package ${tensorflowPackage} is not installed; install it by npm, beside quantlens.`);
  }
  return deviceOf(namespaceOf(module), "tensorflow");
}

function deviceOf(tf: Tf, backend: string): Device {
  return {
    tf,
    run: async (work) => {
      await choose(tf, backend);
      return work();
    },
  };
}

/** Makes TensorFlow.js compute there: one process may compare several devices. */
export async function choose(tf: Tf, backend: string): Promise<void> {
  if (tf.getBackend() !== backend) await tf.setBackend(backend);
}

/** tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 has no more. */
function restoreNodeFunctions(): void {
  // What `import` gives of a built-in module cannot be added to.
  const util = createRequire(path.join(import.meta.dirname, "package.json"))("node:util") as object;
  if ("isNullOrUndefined" in util) return;
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined });
}

/** The package is CommonJS: its exports are the module's default. */
function namespaceOf(module: unknown): Tf {
  return (typeof module === "object" && module !== null && "default" in module ? module.default : module) as Tf;
}
