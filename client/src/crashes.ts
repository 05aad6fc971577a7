/** What happens when the server ends by itself: it is started again, unless it ends over and over. */
import type { LogOutputChannel } from "vscode";
import { CloseAction, ErrorAction, type ErrorHandler } from "vscode-languageclient/node";

const maxCrashes = 5;
const windowMs = 3 * 60_000;

/** Logs each crash once; the library's own notifications are switched off by `handled`. */
export function createCrashHandler(log: LogOutputChannel): ErrorHandler {
  let crashes: number[] = [];
  return {
    error(error) {
      log.error(`The connection to the language server has failed: ${error.message}`);
      return { action: ErrorAction.Continue, handled: true };
    },
    closed() {
      const now = Date.now();
      crashes = [...crashes.filter((time) => now - time < windowMs), now];
      if (crashes.length < maxCrashes) {
        log.warn("The language server has ended and is started again.");
        return { action: CloseAction.Restart, handled: true };
      }
      crashes = [];
      const message = `The language server has ended ${maxCrashes} times within ${windowMs / 60_000} minutes: read the log, then run "QuantLens: Restart Language Server".`;
      return { action: CloseAction.DoNotRestart, message };
    },
  };
}
