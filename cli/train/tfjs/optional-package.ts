/** Packages that users may have beside this one: found where this program lies, else where it was called. */
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** The module, or `undefined` when the package is not installed. What goes wrong while it loads is thrown on. */
export async function importOptional(name: string): Promise<unknown> {
  for (const folder of [import.meta.dirname, process.cwd()]) {
    const file = resolved(name, folder);
    if (file !== undefined) return import(pathToFileURL(file).href) as Promise<unknown>;
  }
  return undefined;
}

function resolved(name: string, folder: string): string | undefined {
  try {
    return createRequire(path.join(folder, "package.json")).resolve(name);
  } catch {
    return undefined;
  }
}
