/** Standard output is for results, standard error for messages; colours only where a terminal shows them. */
import { createColors } from "picocolors";

export type Colors = ReturnType<typeof createColors>;

/** Colours for a stream: none unless it is a terminal, `NO_COLOR` is unset or empty, and `TERM` is not `dumb`. */
export function colorsFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Colors {
  return createColors(stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb");
}

/** Writes a result. */
export function writeResult(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Writes a message to the person at the terminal. */
export function writeMessage(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Ends the process quietly, with the exit code so far, when the reader of our output has gone away (`| head`). */
export function endWhenReaderLeaves(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit();
      throw error;
    });
  }
}
