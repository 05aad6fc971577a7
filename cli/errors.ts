/** Exit codes of every command: 0 done and clean, 1 findings, 2 could not run. */
export const exitCodes = { clean: 0, findings: 1, couldNotRun: 2 } as const;

/** What the user is told, in one sentence, when a command cannot do its work. Shown without a stack; exit code 2. */
export class CliError extends Error {
  override readonly name = "CliError";
}

/** The system's error code of a failed file operation (`ENOENT`), if it is one. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
