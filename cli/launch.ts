/**
 * The file behind the command `quantlens`: loads the program with the code that V8 compiled at an earlier start, which
 * saves a third of the time that a short command takes beside Node's own start.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import nodeModule, { createRequire } from "node:module";
import path from "node:path";
import vm from "node:vm";

/** Digest of the program's text, set by the build: V8 itself compares no more than the length. */
declare const PROGRAM_DIGEST: string;

const file = path.join(import.meta.dirname, "cli-main.cjs");
const folder = cacheFolder();

if (folder === undefined) createRequire(file)(file);
else if ("enableCompileCache" in nodeModule) {
  // Node 22 and newer keep compiled code themselves.
  (nodeModule.enableCompileCache as (folder: string) => void)(folder);
  createRequire(file)(file);
} else run(path.join(folder, `${PROGRAM_DIGEST}-${process.version}-${process.arch}.bin`));

/** The user's own folder for caches: code must not come from where others can write. */
function cacheFolder(): string | undefined {
  const { XDG_CACHE_HOME, LOCALAPPDATA, HOME, NODE_DISABLE_COMPILE_CACHE } = process.env;
  const parent = XDG_CACHE_HOME ?? LOCALAPPDATA ?? (HOME && path.join(HOME, ".cache"));
  return parent && path.isAbsolute(parent) && !NODE_DISABLE_COMPILE_CACHE ? path.join(parent, "quantlens") : undefined;
}

/** Runs the program as `require` does, with `cacheFile` if it is there; writes it when the process ends if it is not. */
function run(cacheFile: string): void {
  const cachedData = readCache(cacheFile);
  const script = new vm.Script(nodeModule.wrap(readFileSync(file, "utf8")), {
    filename: file,
    ...(cachedData && { cachedData }),
  });
  const program = script.runInThisContext() as (...module: unknown[]) => void;
  const module = { exports: {} };
  program(module.exports, createRequire(file), module, file, path.dirname(file));
  if (cachedData && script.cachedDataRejected !== true) return;
  process.once("exit", () => {
    writeCache(cacheFile, script.createCachedData());
  });
}

function readCache(cacheFile: string): Buffer | undefined {
  try {
    return readFileSync(cacheFile);
  } catch {
    return undefined;
  }
}

/**
 * Written beside and renamed, so that no other start reads half of it; what earlier versions left is removed.
 * Without a cache all works as well.
 */
function writeCache(cacheFile: string, data: Buffer): void {
  const parent = path.dirname(cacheFile);
  try {
    mkdirSync(parent, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(parent)) if (name.endsWith(".bin")) rmSync(path.join(parent, name), { force: true });
    const temporary = `${cacheFile}.${process.pid}`;
    writeFileSync(temporary, data, { mode: 0o600 });
    renameSync(temporary, cacheFile);
  } catch {
    return;
  }
}
