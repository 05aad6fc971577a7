/** Exit codes of every command: 0 done and clean, 1 findings or a goal that was missed, 2 could not run, 130 Ctrl-C. */
export const exitCodes = { clean: 0, findings: 1, couldNotRun: 2, interrupted: 130 } as const;

/** What the user is told, in one sentence, when a command cannot do its work. Shown without a stack; exit code 2. */
export class CliError extends Error {
  override readonly name = "CliError";
}

/** True for a `CliError` of any bundle: each has a class of its own. */
export function isCliError(error: unknown): error is CliError {
  return error instanceof Error && error.name === "CliError";
}

/** The system's error code of a failed file operation (`ENOENT`), if it is one. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
