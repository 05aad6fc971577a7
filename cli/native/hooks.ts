/**
 * Module hooks of Node by which a marked program is imported from memory. With `module.registerHooks` they run in
 * the program's own thread; before it (Node 20), `module.register` loads this file in a thread of hooks.
 */
import { pathToFileURL } from "node:url";

export interface HookData {
  /** Code by absolute path. Marked code imports by these paths. */
  readonly modules: readonly { readonly path: string; readonly code: string }[];
  /** URL of the module `quantlens`. */
  readonly dsl: string;
}

interface Resolved {
  readonly url: string;
  readonly format: "module";
  readonly shortCircuit: true;
}

interface Loaded {
  readonly format: "module";
  readonly source: string;
  readonly shortCircuit: true;
}

/** Both hooks for a program. What is not of the program is left to Node. */
export function createHooks({ modules, dsl }: HookData) {
  const codes = new Map(modules.map(({ path, code }) => [pathToFileURL(path).href, code]));
  const urls = new Map(modules.map(({ path }) => [path, pathToFileURL(path).href]));
  return {
    resolve<Next>(
      specifier: string,
      context: unknown,
      next: (specifier: string, context: unknown) => Next,
    ): Resolved | Next {
      const url = specifier === "quantlens" ? dsl : urls.get(specifier);
      return url === undefined ? next(specifier, context) : { url, format: "module", shortCircuit: true };
    },
    load<Next>(url: string, context: unknown, next: (url: string, context: unknown) => Next): Loaded | Next {
      const source = codes.get(url);
      return source === undefined ? next(url, context) : { format: "module", source, shortCircuit: true };
    },
  };
}

type Hooks = ReturnType<typeof createHooks>;
let hooks: Hooks | undefined;

/** Node calls this in the thread of hooks before the other two. */
export function initialize(data: HookData): void {
  hooks = createHooks(data);
}

type Next = (name: string, context: unknown) => unknown;

export function resolve(specifier: string, context: unknown, next: Next): unknown {
  return hooks ? hooks.resolve(specifier, context, next) : next(specifier, context);
}

export function load(url: string, context: unknown, next: Next): unknown {
  return hooks ? hooks.load(url, context, next) : next(url, context);
}
