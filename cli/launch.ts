/**
 * The file behind the command `quantlens`: loads the program with the code that V8 compiled at an earlier start, which
 * saves a third of the time that a short command takes beside Node's own start.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import nodeModule, { createRequire } from "node:module";
import path from "node:path";
import vm from "node:vm";
import { cacheFolder } from "./input/cache-folder.js";

/** Digests of the bundles whose compiled code is kept, by file name, set by the build: V8 compares no more than lengths. */
declare const BUNDLE_DIGESTS: Readonly<Record<string, string>>;

const main = "./cli-main.cjs";

/** The parser, of which every command uses the same. */
const parser = "typescript.cjs";

const requireFile = createRequire(path.join(import.meta.dirname, main));
const folder = cacheFolder();

if (folder === undefined) requireFile(main);
else if ("enableCompileCache" in nodeModule) {
  // Node 22 and newer keep compiled code themselves.
  (nodeModule.enableCompileCache as (folder: string) => void)(folder);
  requireFile(main);
} else keepingCode(folder)(main);

/** A `require` that loads the bundles with their compiled code, and writes that code at the end where there was none. */
function keepingCode(cache: string): (id: string) => unknown {
  const loaded = new Map<string, { exports: unknown }>();
  const load = (id: string): unknown => {
    const name = path.basename(id);
    const digest = BUNDLE_DIGESTS[name];
    if (digest === undefined) return requireFile(id);
    let module = loaded.get(name);
    if (module === undefined) {
      module = { exports: {} };
      loaded.set(name, module);
      const file = path.join(import.meta.dirname, name);
      const use = name === parser ? name : `${name}-${work()}`;
      run(
        { file, use, cacheFile: path.join(cache, `${use}-${digest}-${process.version}-${process.arch}.bin`) },
        module,
        load,
      );
    }
    return module.exports;
  };
  return load;
}

/**
 * The kind of work that was asked for: V8 keeps the functions that were used in the run that wrote them, and the next
 * one of its kind needs the same.
 */
function work(): string {
  const [command = "", ...args] = process.argv.slice(2);
  const kind = args.some((arg) => arg.endsWith(".onnx")) ? "onnx" : "model";
  return /^[a-z]+$/.test(command) ? `${command}-${kind}` : "other";
}

interface KeptBundle {
  readonly file: string;
  readonly cacheFile: string;
  /** What the names of its caches begin with, those of other versions, too. */
  readonly use: string;
}

/** Runs a file as `require` does, with the code in `cacheFile` if it is there. */
function run({ file, cacheFile, use }: KeptBundle, module: { exports: unknown }, load: (id: string) => unknown): void {
  const cachedData = readCache(cacheFile);
  const script = new vm.Script(nodeModule.wrap(readFileSync(file, "utf8")), {
    filename: file,
    ...(cachedData && { cachedData }),
  });
  const program = script.runInThisContext() as (...module: unknown[]) => void;
  program(module.exports, load, module, file, path.dirname(file));
  if (cachedData && script.cachedDataRejected !== true) return;
  process.once("exit", () => {
    writeCache(use, cacheFile, script.createCachedData());
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
 * Written beside and renamed, so that no other start reads half of it; what earlier versions of the bundle left is
 * removed. Without a cache all works as well.
 */
function writeCache(use: string, cacheFile: string, data: Buffer): void {
  const parent = path.dirname(cacheFile);
  try {
    mkdirSync(parent, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(parent)) {
      if (name.startsWith(`${use}-`)) rmSync(path.join(parent, name), { force: true });
    }
    const temporary = `${cacheFile}.${process.pid}`;
    writeFileSync(temporary, data, { mode: 0o600 });
    renameSync(temporary, cacheFile);
  } catch {
    return;
  }
}
