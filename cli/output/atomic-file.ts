/** Writing files so that nobody ever sees half of one, and saying in one sentence why it did not work. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { CliError, systemErrorCode } from "../errors.js";
import { isLiving } from "../living-process.js";

/**
 * Writes a file beside its place, waits until it is on the disk, and renames it. After a crash or a power cut the file is
 * as it was before or as it should be. Throws a `CliError` when the system refuses.
 */
export function writeFileAtomic(file: string, content: string | Uint8Array): void {
  writeFilesAtomic([{ file, content }]);
}

export interface FileContent {
  readonly file: string;
  readonly content: string | Uint8Array;
}

/**
 * Says before the work is done what would keep files from being written: one that exists, unless it is to be replaced, a
 * folder in its place, or no folder to put it in. Throws a `CliError`.
 */
export function checkPlaces(files: readonly string[], { force }: { readonly force: boolean }): void {
  for (const file of files) {
    const found = whatIsAt(file);
    if (found?.isDirectory() === true) throw folderInPlace(file);
    if (found && !force) throw new CliError(`${file} exists: choose another name, or --force to replace it.`);
    if (!found && !existsSync(path.dirname(file))) throw folderMissing(file);
  }
}

function whatIsAt(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw writeProblem(error, file);
  }
}

/**
 * Writes files that belong together: all of them are on the disk before the first one gets its name, so that a full disk
 * leaves none, and a signal that would end the process does so when they are. Throws a `CliError` when the system refuses.
 */
export function writeFilesAtomic(files: readonly FileContent[]): void {
  const release = holdSignals();
  try {
    writeTogether(files);
  } finally {
    // A signal that has come meanwhile is seen when the event loop polls, which lies between two of its check phases.
    setImmediate(() => setImmediate(release));
  }
}

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Puts off signals that nobody else handles; gives what ends that. */
function holdSignals(): () => void {
  const held = endingSignals.filter((signal) => process.listenerCount(signal) === 0);
  const release = () => {
    for (const signal of held) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals) => {
    release();
    process.kill(process.pid, signal);
  };
  for (const signal of held) process.on(signal, end);
  return release;
}

function writeTogether(files: readonly FileContent[]): void {
  const temporaries: string[] = [];
  let current = "";
  try {
    for (const { file } of files) {
      current = file;
      if (isFolder(file)) throw folderInPlace(file);
    }
    for (const { file, content } of files) {
      current = file;
      const temporary = temporaryFor(file);
      const handle = openSync(temporary, "w");
      temporaries.push(temporary);
      writeDurably(handle, typeof content === "string" ? new TextEncoder().encode(content) : content);
    }
    files.forEach(({ file }, index) => {
      current = file;
      renameSync(temporaries[index] ?? "", file);
    });
    for (const folder of new Set(files.map(({ file }) => path.dirname(file)))) syncFolder(folder);
  } catch (error) {
    for (const temporary of temporaries) rmSync(temporary, { force: true });
    throw writeProblem(error, current);
  }
}

/** Copies a file beside its new place and renames it. Throws a `CliError` when the system refuses. */
export function copyFileAtomic(from: string, to: string): void {
  placeBeside(to, (temporary) => {
    copyFileSync(from, temporary);
  });
}

/**
 * A second name for a file, which is never written into but replaced; a copy where the file system has none. Throws a
 * `CliError` when the system refuses.
 */
export function linkOrCopy(from: string, to: string): void {
  placeBeside(to, (temporary) => {
    try {
      linkSync(from, temporary);
    } catch (error) {
      if (!["EXDEV", "EPERM", "EMLINK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(systemErrorCode(error) ?? ""))
        throw error;
      copyFileSync(from, temporary);
    }
  });
}

function placeBeside(file: string, make: (temporary: string) => void): void {
  const temporary = temporaryFor(file);
  try {
    rmSync(temporary, { force: true });
    make(temporary);
    renameSync(temporary, file);
  } catch (error) {
    throw writeProblem(error, file);
  } finally {
    // It is still there when something failed, and when both are names of one file already: then nothing is renamed.
    rmSync(temporary, { force: true });
  }
}

/** Where this process writes a file before it has its name. */
export function temporaryFor(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
}

/**
 * Removes what processes that were killed while they wrote have left in a folder and below it, except in some of the folders there.
 * Only for who holds the folder's lock: processes of other machines cannot be seen, and count as ended.
 */
export function removeTemporaries(folder: string, except: readonly string[] = []): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!except.includes(place)) removeTemporaries(place, except);
      continue;
    }
    const writer = Number(/^\..+\.(\d+)\.tmp$/.exec(entry.name)?.[1]);
    // No writing of this process is under way: files are written in one go.
    if (writer > 0 && (writer === process.pid || !isLiving(writer))) rmSync(place, { force: true });
  }
}

/** Makes a folder and those above it. Throws a `CliError` when the system refuses. */
export function makeFolder(folder: string): void {
  try {
    makeWithParents(path.resolve(folder));
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw writeProblem(error, folder);
    throw new CliError(`${folder} cannot be made: the system takes nothing new in that place; choose another folder.`);
  }
}

/**
 * Node's recursive `mkdir` never returns below /proc and its like, which exist and say ENOENT of what is to be made in them,
 * and it says ENOENT of a read-only file system.
 */
function makeWithParents(folder: string): void {
  if (isFolder(folder)) return;
  const parent = path.dirname(folder);
  if (!existsSync(parent)) makeWithParents(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have been first.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
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
    case "ENAMETOOLONG":
      return new CliError(
        `${file} cannot be written: its name is longer than the system allows; choose a shorter one.`,
      );
    case "EISDIR":
      return folderInPlace(file);
    case "ENOENT":
      if (existsSync(path.dirname(file))) break;
      return folderMissing(file);
    case "ERR_INVALID_ARG_VALUE":
      return new CliError(
        `${JSON.stringify(file)} cannot be written: a path must not have a null character; choose another name.`,
      );
    case "ENOTDIR":
    case "EEXIST":
      return new CliError(`${file} cannot be written: a part of its path is a file; choose another folder.`);
    default:
  }
  return new CliError(`${file} cannot be written: the system says ${String(systemErrorCode(error))}.`);
}

function folderMissing(file: string): CliError {
  return new CliError(`${file} cannot be written: its folder does not exist; make it, or choose another.`);
}

function folderInPlace(file: string): CliError {
  return new CliError(`${file} cannot be written: it is a folder; choose another name.`);
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
