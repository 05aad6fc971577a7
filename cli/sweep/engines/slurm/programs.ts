/** Slurm's programs, called without a shell. */
import { execFile, execFileSync } from "node:child_process";
import { CliError, systemErrorCode } from "../../../errors.js";

/** A cluster under load answers late. */
const timeoutMs = 120_000;

const maxOutputBytes = 256 * 1024 * 1024;

/** A program of Slurm that failed. Its controller may be busy or restarting: what only asks tries again. */
export class SlurmError extends Error {
  override readonly name = "SlurmError";
}

/**
 * What a program prints; `variables` are added to its environment. Throws a `CliError` when it is not installed, a `SlurmError`
 * with its last words when it fails.
 */
export function slurm(
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { timeout: timeoutMs, maxBuffer: maxOutputBytes, env: { ...process.env, ...variables } };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (systemErrorCode(error) === "ENOENT") reject(notInstalled(program));
      else reject(new SlurmError(lastLine(stderr) ?? `${program}: ${error.message}`));
    });
  });
}

/** Ends jobs while this process ends: nothing can be waited for any more. */
export function scancelNow(ids: readonly string[]): void {
  if (ids.length === 0) return;
  try {
    execFileSync("scancel", ids, { timeout: 10_000, stdio: "ignore" });
  } catch {
    // The process ends anyway; who looks finds them by squeue.
  }
}

function notInstalled(program: string): CliError {
  return new CliError(
    `The engine slurm needs Slurm's programs, and ${program} is not on the path: run the sweep on a login node of the cluster, or with --engine local.`,
  );
}

function lastLine(text: string): string | undefined {
  const line = text.trim().split("\n").at(-1)?.trim();
  return line === "" ? undefined : line;
}
