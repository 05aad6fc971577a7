/**
 * Loads a large CommonJS file with V8's compiled code from an earlier start, which takes a third of the time of
 * compiling it. Node's own compile cache only exists since version 22.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import os from "node:os";
import path from "node:path";
import vm from "node:vm";

/** The user's own folder for caches, not the shared temporary one: code must not come from where others can write. */
export function defaultCacheDir(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const parent = [XDG_CACHE_HOME, LOCALAPPDATA].find((folder) => folder !== undefined && path.isAbsolute(folder));
  return path.join(parent ?? path.join(os.homedir(), ".cache"), "quantlens", "server");
}

/**
 * Loads `file` and puts it among Node's loaded modules, so that a later `require` of it finds it there.
 * Without a usable cache the file is just compiled; the cache is written by the first call of the returned function,
 * which is for when there is nothing more urgent to do.
 */
export function loadWithCodeCache(file: string, cacheDir: string): () => void {
  const source = readFileSync(file, "utf8");
  const cacheFile = path.join(cacheDir, `${path.basename(file)}-${cacheKey(source)}.bin`);
  const cachedData = readCache(cacheFile);
  const script = new vm.Script(Module.wrap(source), { filename: file, ...(cachedData && { cachedData }) });
  const module = new Module(file);
  module.filename = file;
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run.call(module.exports, module.exports, createRequire(file), module, file, path.dirname(file));
  module.loaded = true;
  createRequire(file).cache[file] = module;
  let isWritten = cachedData !== undefined && script.cachedDataRejected !== true;
  return () => {
    if (!isWritten) writeCache(cacheFile, script.createCachedData());
    isWritten = true;
  };
}

/** V8 checks its own version and flags; the text is ours to check. */
function cacheKey(source: string): string {
  return createHash("sha256").update(process.version).update(process.arch).update(source).digest("hex").slice(0, 16);
}

/** A cache begins with the digest of the rest: V8 trusts the bytes, so damaged ones must not reach it. */
function readCache(file: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const digest = bytes.subarray(0, 32);
    const data = bytes.subarray(32);
    return digest.equals(createHash("sha256").update(data).digest()) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Written beside and renamed, so that a reader never sees half a file. A cache that cannot be written is none. */
function writeCache(file: string, data: Buffer): void {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, Buffer.concat([createHash("sha256").update(data).digest(), data]), { mode: 0o600 });
    renameSync(temporary, file);
  } catch {
    if (existsSync(temporary)) rmSync(temporary, { force: true });
  }
}
