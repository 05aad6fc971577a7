/** Packages that users may have beside this one: found where this program lies, else where it was called. */
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** The folders from which such packages are looked for: this program's and the one it was called in. */
export const optionalPackageRoots = (): readonly string[] => [import.meta.dirname, process.cwd()];

/** The module, or `undefined` when the package is not installed. What goes wrong while it loads is thrown on. */
export async function importOptional(name: string): Promise<unknown> {
  const file = locateOptional(name);
  return file === undefined ? undefined : import(pathToFileURL(file).href);
}

/** The file that an import of the package loads; `undefined` when it is not installed. */
export function locateOptional(name: string): string | undefined {
  for (const folder of optionalPackageRoots()) {
    try {
      return createRequire(path.join(folder, "package.json")).resolve(name);
    } catch {
      continue;
    }
  }
  return undefined;
}
