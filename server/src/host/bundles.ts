/** The files that lie beside the server's bundle. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { createSandboxRunner, type SandboxRunner } from "../../../shared/sandbox/runner.js";
import { defaultCacheDir, loadWithCodeCache } from "./code-cache.js";

/** Starts the sandbox's first worker. */
export function startSandbox(folder: string): SandboxRunner {
  return createSandboxRunner({
    worker: { file: path.join(folder, "sandbox-worker.cjs") },
    guest: readFileSync(path.join(folder, "dsl-sandbox.js"), "utf8"),
  });
}

/** Loads the TypeScript library; the returned function writes the code cache if it is not there yet. */
export function warmTypeScript(folder: string, cacheDir: string | undefined): () => void {
  return loadWithCodeCache(path.join(folder, "typescript.cjs"), cacheDir ?? defaultCacheDir());
}
