/** One process at a time works in a run's folder. */
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CliError, systemErrorCode } from "../../errors.js";
import { isLiving, startOf } from "../../living-process.js";
import { removeTemporaries, temporaryFor, writeProblem } from "../../output/atomic-file.js";

/** Who holds a lock. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process began, where the system tells: ids of processes are used again. */
  readonly started?: string;
}

/**
 * Takes the lock of a folder; gives the function that returns it. A lock whose process has ended (it was killed, or the
 * machine went down) is taken over, and what that process has left half-written is removed. `others`: folders below it whose
 * parts have locks of their own. Throws a `CliError` when another process works in the folder.
 */
export function lockFolder(folder: string, others: readonly string[] = []): () => void {
  const file = path.join(folder, "lock");
  const own = temporaryFor(file);
  const text = JSON.stringify(ownerOf(process.pid));
  let isOurs = false;
  try {
    while (!isOurs) {
      writeFileSync(own, text);
      // A link is made whole or not at all, so that nobody reads half a lock.
      isOurs = linked(own, file);
      if (!isOurs) removeStale(file);
    }
    removeTemporaries(folder, others);
  } catch (error) {
    if (isOurs) rmSync(file, { force: true });
    throw writeProblem(error, file);
  } finally {
    rmSync(own, { force: true });
  }
  const beat = setInterval(() => {
    if (textOf(file) === text) touch(file);
  }, beatMs).unref();
  return () => {
    clearInterval(beat);
    if (textOf(file) === text) rmSync(file, { force: true });
  };
}

/** Who holds a lock says so as often: other machines see nothing of it but its file. */
const beatMs = 5000;

function touch(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // The next one may work; a disk that is gone ends the run by itself.
  }
}

/** How long a lock of another machine is watched before its silence means that its process is gone. */
export interface Patience {
  readonly silentMs: number;
  readonly pollMs: number;
}

/**
 * Waits until nobody works in a folder. A lock of another machine that nobody has touched for a while is removed: the machine
 * is lost. Only changes count and no clock, since machines on a shared disk need not agree on the time. Throws the signal's
 * reason.
 */
export async function untilFree(
  folder: string,
  signal: AbortSignal,
  { silentMs, pollMs }: Patience = { silentMs: 6 * beatMs, pollMs: 500 },
): Promise<void> {
  const file = path.join(folder, "lock");
  let last: string | undefined;
  let since = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const text = textOf(file);
    const owner = text === undefined ? undefined : parseOwner(text);
    if (text === undefined || owner === undefined || !isAlive(owner)) return;
    const seen = `${text} ${touchedAt(file)}`;
    if (seen !== last) since = performance.now();
    last = seen;
    if (owner.host !== os.hostname() && performance.now() - since > silentMs) {
      removeLock(file, text);
      return;
    }
    await delay(pollMs, undefined, { signal });
  }
}

function touchedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** False when another one was first: it may have removed ours, which it takes to be left by a killed process. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (["EEXIST", "ENOENT"].includes(systemErrorCode(error) ?? "")) return false;
    throw error;
  }
}

/** Whether a folder is there and has a lock. */
export function isLocked(folder: string): boolean {
  return textOf(path.join(folder, "lock")) !== undefined;
}

/** The process on this machine that works in a folder; `undefined` when none does, or one on another machine. */
export function workingProcess(folder: string): number | undefined {
  const text = textOf(path.join(folder, "lock"));
  const owner = text === undefined ? undefined : parseOwner(text);
  return owner?.host === os.hostname() && isAlive(owner) ? owner.pid : undefined;
}

/** Removes a lock whose process has ended; throws a `CliError` when it has not. */
function removeStale(file: string): void {
  const found = textOf(file);
  if (found === undefined) return;
  const owner = parseOwner(found);
  if (owner !== undefined && isAlive(owner)) {
    throw new CliError(
      `${path.dirname(file)} is in use by process ${owner.pid}${owner.host === os.hostname() ? "" : ` on ${owner.host}`}: wait until it ends, or choose another folder (if no such process runs, delete ${file}).`,
    );
  }
  removeLock(file, found);
}

/** Two processes may both have found a lock stale: the second must not remove the first one's new lock. */
function removeLock(file: string, found: string): void {
  const aside = temporaryFor(`${file}.stale`);
  try {
    renameSync(file, aside);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return;
    throw error;
  }
  if (textOf(aside) !== found) linked(aside, file);
  rmSync(aside, { force: true });
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, host, started } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (!Number.isSafeInteger(pid) || typeof host !== "string") return undefined;
    return { pid: Number(pid), host, ...(typeof started === "string" && { started }) };
  } catch {
    return undefined;
  }
}

function ownerOf(pid: number): Owner {
  const started = startOf(pid);
  return { pid, host: os.hostname(), ...(started !== undefined && { started }) };
}

/** What another machine does on a shared disk cannot be seen: its process counts as alive. */
function isAlive({ pid, host, started }: Owner): boolean {
  return host !== os.hostname() || isLiving(pid, started);
}
