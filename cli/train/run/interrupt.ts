/** Ctrl-C: the first ends a run in order, the second at once. */
import { exitCodes } from "../../errors.js";
import { writeMessage } from "../../output/streams.js";

/** Why a run's signal is aborted. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs `work` with a signal that Ctrl-C (or SIGTERM) aborts. `atExit` takes what has to be done even when a second Ctrl-C
 * ends the process at once, with exit code 130.
 */
export async function withInterrupt<T>(
  work: (signal: AbortSignal, atExit: (cleanUp: () => void) => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const cleanUps: (() => void)[] = [];
  const interrupt = (): void => {
    if (controller.signal.aborted) {
      for (const cleanUp of cleanUps) cleanUp();
      process.exit(exitCodes.interrupted);
    }
    writeMessage("\nFinishing the batch and saving; Ctrl-C again ends at once.");
    controller.abort(new InterruptedError("the run was interrupted"));
  };
  for (const name of signals) process.on(name, interrupt);
  try {
    return await work(controller.signal, (cleanUp) => cleanUps.push(cleanUp));
  } finally {
    for (const name of signals) process.removeListener(name, interrupt);
  }
}
