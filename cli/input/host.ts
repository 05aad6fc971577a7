/** Where a model file and what it imports come from, and where they run. Paths are absolute. */
import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import type { SourceHost } from "../../shared/sandbox/evaluate.js";
import { createSandboxRunner, type SandboxRunner } from "../../shared/sandbox/runner.js";
import { systemErrorCode } from "../errors.js";
import { createNativeRunner } from "../native/runner.js";
import type { ModelOptions } from "../options.js";
import { maxModelBytes, readInput } from "./files.js";
import type { Commit } from "./git.js";

/** The files on disk. */
export const filesOnDisk: SourceHost = { readFile: readText, resolve: resolveRelative };

/** The files as a commit has them. */
export function filesOfCommit(commit: Commit): SourceHost {
  return { readFile: (file) => commit.readFile(file), resolve: resolveRelative };
}

const runners = new Map<ModelOptions["run"], SandboxRunner>();

/** The runner of the kind, made at the first call. `dist` is the folder of the bundles: where this code itself is. */
export function runnerFor(kind: ModelOptions["run"], dist = import.meta.dirname): SandboxRunner {
  const runner = runners.get(kind) ?? (kind === "native" ? createNativeRunner(dist) : sandboxRunner(dist));
  runners.set(kind, runner);
  return runner;
}

/** Ends the runner of the kind, which frees its memory; the next call of `runnerFor` makes another. */
export async function endRunner(kind: ModelOptions["run"]): Promise<void> {
  const runner = runners.get(kind);
  runners.delete(kind);
  await runner?.dispose();
}

function sandboxRunner(dist: string): SandboxRunner {
  return createSandboxRunner({
    worker: { file: path.join(dist, "sandbox-worker.cjs") },
    guest: readFileSync(path.join(dist, "dsl-sandbox.js"), "utf8"),
    maxWorkers: 1,
  });
}

/** A specifier begins with `./` or `../`: others are refused before the host is asked. */
function resolveRelative(from: string, specifier: string): string {
  return path.resolve(path.dirname(from), specifier);
}

/** A pipe or a device without an end is no file, and a file that is too large for a model's says so. */
async function readText(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? Buffer.from(readInput(file, maxModelBytes)).toString("utf8") : undefined;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
