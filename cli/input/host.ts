/** Where the sandbox finds a model file and what it imports. Paths are absolute. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { SandboxHost } from "../../shared/sandbox/evaluate.js";
import { systemErrorCode } from "../errors.js";
import type { Commit } from "./git.js";

/** The files on disk. */
export function fileHost(): SandboxHost {
  return { readFile: readText, resolve: resolveRelative };
}

/** The files as a commit has them. */
export function commitHost(commit: Commit): SandboxHost {
  return { readFile: (file) => commit.readFile(file), resolve: resolveRelative };
}

/** A specifier begins with `./` or `../`; what else the host is asked, the sandbox has refused before. */
function resolveRelative(from: string, specifier: string): string {
  return path.resolve(path.dirname(from), specifier);
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
