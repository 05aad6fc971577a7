/** Reading files that the user named: what can be wrong with them is said in one sentence. */
import { closeSync, openSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import type { ByteSource } from "../../shared/weights/byte-source.js";
import { CliError, systemErrorCode } from "../errors.js";

/** Model files are written by hand: what is larger is something else. */
export const maxModelBytes = 16 * 1024 * 1024;

const modelExtensions = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

export type InputKind = "model" | "onnx";

/** What a file is by its name; throws a `CliError` for any other. */
export function inputKind(file: string): InputKind {
  const extension = path.extname(file).toLowerCase();
  if (extension === ".onnx") return "onnx";
  if (modelExtensions.includes(extension)) return "model";
  throw new CliError(`${file} is neither a model file (${modelExtensions.join(", ")}) nor an .onnx file.`);
}

/**
 * The bytes of a file of at most `maxBytes`; its size is looked at before it is read.
 * Throws a `CliError` for one that is missing, a folder, a device, too large or not readable.
 */
export function readInput(file: string, maxBytes: number): Uint8Array {
  try {
    checkedSize(file, maxBytes);
    return readFileSync(file);
  } catch (error) {
    throw readable(error, file);
  }
}

/** Hands a file's bytes to a reader that takes them piece by piece; throws as `readInput`. */
export function withInput<T>(file: string, maxBytes: number, use: (source: ByteSource) => T): T {
  let handle: number | undefined;
  try {
    const length = checkedSize(file, maxBytes);
    const open = (handle = openSync(file, "r"));
    return use({
      length,
      read: (start, target) => {
        for (let done = 0; done < target.length;) {
          const count = readSync(open, target, done, target.length - done, start + done);
          if (count === 0) throw new CliError(`${file} became shorter while it was read: run the command again.`);
          done += count;
        }
      },
    });
  } catch (error) {
    throw readable(error, file);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function checkedSize(file: string, maxBytes: number): number {
  const { size } = regularFile(file);
  if (size <= maxBytes) return size;
  throw new CliError(`${file} has ${size} bytes and at most ${maxBytes} can be read: is it the right file?`);
}

/** The absolute path of an existing regular file, symbolic links followed. Throws a `CliError` as `readInput`. */
export function existingFile(file: string): string {
  try {
    regularFile(file);
    return realpathSync(file);
  } catch (error) {
    throw readable(error, file);
  }
}

function regularFile(file: string): { size: number } {
  const stats = statSync(file);
  if (stats.isDirectory()) throw new CliError(`${file} is a folder: name a model file or an .onnx file in it.`);
  if (!stats.isFile()) throw new CliError(`${file} is not a regular file: name a model file or an .onnx file.`);
  return stats;
}

/** A sentence instead of the system's error. */
function readable(error: unknown, file: string): unknown {
  switch (systemErrorCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return new CliError(`${file} does not exist: check the path, which is relative to ${process.cwd()}.`);
    case "EACCES":
    case "EPERM":
      return new CliError(`${file} cannot be read: you have no permission for it.`);
    case undefined:
      return error;
    default:
      return new CliError(`${file} cannot be read: the system says ${String(systemErrorCode(error))}.`);
  }
}
