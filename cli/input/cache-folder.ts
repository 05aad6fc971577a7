/** Where the command keeps what it can make again. */
import path from "node:path";

/**
 * The user's own folder for caches: code must not come from where others can write. `undefined` where there is none,
 * or when `NODE_DISABLE_COMPILE_CACHE` says that nothing is to be kept.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { XDG_CACHE_HOME, LOCALAPPDATA, HOME, NODE_DISABLE_COMPILE_CACHE } = env;
  const parent = XDG_CACHE_HOME ?? LOCALAPPDATA ?? (HOME && path.join(HOME, ".cache"));
  return parent && path.isAbsolute(parent) && !NODE_DISABLE_COMPILE_CACHE ? path.join(parent, "quantlens") : undefined;
}
