/** Runs the built terminal program as a user does, for tests. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

const program = path.resolve(import.meta.dirname, "../../dist/cli.cjs");

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRun {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The path of the built program; throws when it is not built. */
export function cliProgram(): string {
  if (!existsSync(program)) throw new Error("dist/cli.cjs is missing: run `npm run build` before these tests");
  return program;
}

/** Runs `quantlens ...args` to its end. Standard output and error are pipes, so there are no colours. */
export function runCli(args: readonly string[], { cwd, env }: CliRun = {}): Promise<CliResult> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [cliProgram(), ...args],
      { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}
