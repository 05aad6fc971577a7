/** The terminal program `quantlens`: runs a command and turns what goes wrong into one sentence and an exit code. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { CommanderError } from "commander";
import { exitCodes, isCliError } from "./errors.js";
import { writeMessage } from "./output/streams.js";
import { createProgram } from "./program.js";

function version(): string {
  const manifest = readFileSync(path.join(import.meta.dirname, "..", "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Runs the command of `argv`; gives its exit code. */
async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.clean;
  const done = (code: number) => {
    exitCode = code;
  };
  const program = createProgram(version(), done, argv[2]);
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    return report(error, program.opts<{ debug?: true }>().debug === true);
  }
}

/** Says what went wrong. Commander has already said what is wrong with the arguments. */
function report(error: unknown, debug: boolean): number {
  if (error instanceof AggregateError) return Math.max(...error.errors.map((each) => report(each, debug)));
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.clean : exitCodes.couldNotRun;
  if (debug && error instanceof Error) writeMessage(error.stack ?? error.message);
  else if (isCliError(error)) writeMessage(`quantlens: ${error.message}`);
  else writeMessage(`quantlens: internal error: ${String(error)} (--debug shows where it happened)`);
  return exitCodes.couldNotRun;
}

void main(process.argv).then((exitCode) => {
  process.exitCode = exitCode;
});
