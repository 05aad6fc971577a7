/** Files as the last git commit has them. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { CliError, systemErrorCode } from "../errors.js";
import { maxModelBytes } from "./files.js";

const execute = promisify(execFile);

/** Reads files of a repository's `HEAD`; `undefined` for one that the commit does not have. */
export interface Commit {
  /** Absolute path of the working tree. */
  readonly root: string;
  /** Abbreviated hash, for messages. */
  readonly hash: string;
  /** Takes absolute paths in the working tree. */
  readFile(file: string): Promise<string | undefined>;
}

/** The `HEAD` of the repository that a file (an absolute path, links followed) lies in. Throws a `CliError` if there is none. */
export async function headCommit(file: string): Promise<Commit> {
  const folder = path.dirname(file);
  const root = await git(folder, ["rev-parse", "--show-toplevel"], (reason) => {
    throw new CliError(`${file} has no git version to compare with (git says: ${reason}): name a second file.`);
  });
  const hash = await git(folder, ["rev-parse", "--short", "--verify", "HEAD"], () => {
    throw new CliError(`The git repository ${root} has no commit yet: name a second file to compare with.`);
  });
  return { root: path.resolve(root), hash, readFile: (wanted) => fileOfHead(path.resolve(root), wanted) };
}

/** `cat-file` gives the bytes as they are, where `show` would run the repository's own text converters. */
async function fileOfHead(root: string, file: string): Promise<string | undefined> {
  const relative = path.relative(root, file);
  if (relative.startsWith("..") || path.isAbsolute(relative)) return undefined;
  const blob = `HEAD:${relative.split(path.sep).join("/")}`;
  return git(root, ["cat-file", "blob", blob], () => undefined, { trim: false });
}

/** What git prints; `refused` decides what its error (the first line of it) means. */
async function git<Refusal>(
  folder: string,
  args: readonly string[],
  refused: (reason: string) => Refusal,
  { trim = true } = {},
): Promise<string | Refusal> {
  try {
    const { stdout } = await execute("git", ["-C", folder, ...args], { maxBuffer: maxModelBytes });
    return trim ? stdout.trim() : stdout;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT") throw new CliError("git is not installed, and comparing with HEAD needs it.");
    if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") {
      throw new CliError(`A file of the last commit is larger than the ${maxModelBytes} bytes that can be read.`);
    }
    return refused(firstLine(error));
  }
}

function firstLine(error: unknown): string {
  const stderr = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return stderr.trim().split("\n", 1)[0] ?? "";
}
