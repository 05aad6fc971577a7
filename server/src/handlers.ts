/** The one wrapper around every handler: cancellation, a default on exception, each failure logged once. */
import { LSPErrorCodes, ResponseError, type CancellationToken } from "vscode-languageserver";

export type RequestHandler<P, R> = (params: P, token: CancellationToken) => Promise<R | ResponseError<never>>;

export interface Handlers {
  /** `fallback` answers when the handler throws: an editor feature is then empty, never an error popup. */
  readonly request: <P, R>(
    name: string,
    fallback: (params: P) => R,
    handle: (params: P, token: CancellationToken) => R | Promise<R>,
  ) => RequestHandler<P, R>;
  readonly notification: <P>(name: string, handle: (params: P) => void | Promise<void>) => (params: P) => Promise<void>;
}

/** `log` receives one line for the first occurrence of each failure of each handler. */
export function createHandlers(log: (message: string) => void): Handlers {
  const reported = new Set<string>();
  const report = (name: string, error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const key = `${name}: ${error instanceof Error ? error.message : text}`;
    if (reported.has(key)) return;
    reported.add(key);
    log(`${name} failed: ${text}`);
  };
  return {
    request(name, fallback, handle) {
      return async (params, token) => {
        if (isCancelled(token)) return cancelled();
        try {
          const result = await handle(params, token);
          return isCancelled(token) ? cancelled() : result;
        } catch (error) {
          report(name, error);
          return fallback(params);
        }
      };
    },
    notification(name, handle) {
      return async (params) => {
        try {
          await handle(params);
        } catch (error) {
          report(name, error);
        }
      };
    },
  };
}

/** A function, because the flag changes while a handler waits. */
function isCancelled(token: CancellationToken): boolean {
  return token.isCancellationRequested;
}

function cancelled(): ResponseError<never> {
  return new ResponseError(LSPErrorCodes.RequestCancelled, "The request was cancelled.");
}
