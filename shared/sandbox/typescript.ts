/**
 * The one place that loads the TypeScript library, which is 9 MB of source: only when the first model file
 * is opened. Everything else imports its types alone.
 */
import type TypeScript from "typescript";
import type * as parts from "./typescript-parts.js";

export type { TypeScript };
export type TypeScriptLibrary = typeof parts;

let library: Promise<TypeScriptLibrary> | undefined;

/**
 * Loads the library once; later calls get the same one. A copy, because in a bundle its functions stand behind two
 * getters each, and the marking pass asks for them some ten thousand times per file.
 */
export function loadTypeScript(): Promise<TypeScriptLibrary> {
  library ??= import("typescript").then((module) => ({ ...module.default }));
  return library;
}
