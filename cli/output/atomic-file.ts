/** Writing files so that nobody ever sees half of one, and saying in one sentence why it did not work. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { CliError, systemErrorCode } from "../errors.js";

/**
 * Writes a file beside its place, waits until it is on the disk, and renames it. After a crash or a power cut the file is
 * as it was before or as it should be. Throws a `CliError` when the system refuses.
 */
export function writeFileAtomic(file: string, content: string | Uint8Array): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
  try {
    const handle = openSync(temporary, "w");
    try {
      writeDurably(handle, typeof content === "string" ? new TextEncoder().encode(content) : content);
      renameSync(temporary, file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    syncFolder(path.dirname(file));
  } catch (error) {
    throw writeProblem(error, file);
  }
}

/** Makes a folder and those above it. Throws a `CliError` when the system refuses. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw writeProblem(error, folder);
  }
}

/** A sentence instead of the system's error; other errors as they are. */
export function writeProblem(error: unknown, file: string): unknown {
  switch (systemErrorCode(error)) {
    case undefined:
      return error;
    case "ENOSPC":
    case "EDQUOT":
      return new CliError(`${file} cannot be written: the disk is full; make room and run the command again.`);
    case "EFBIG":
      return new CliError(`${file} cannot be written: it would be larger than the system allows; raise the limit.`);
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return new CliError(`${file} cannot be written: you have no permission for it; choose another folder.`);
    case "ENOTDIR":
    case "EEXIST":
      return new CliError(`${file} cannot be written: a part of its path is a file; choose another folder.`);
    default:
      return new CliError(`${file} cannot be written: the system says ${String(systemErrorCode(error))}.`);
  }
}

/** Writes all bytes, waits for the disk and closes the file. */
function writeDurably(handle: number, bytes: Uint8Array): void {
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A rename is on the disk once its folder is. Windows cannot open folders and needs none of this. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
