/** Runs marked programs in the user's own Node instead of the sandbox: for files that the user trusts. */
import { fork, type ChildProcess } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { RunOutcome } from "../../shared/sandbox/protocol.js";
import type { SandboxRunner } from "../../shared/sandbox/runner.js";
import { CliError } from "../errors.js";
import type { NativeOutcome, NativeRequest } from "./protocol.js";

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * A runner whose programs have a Node process each, without deadline or memory limit.
 *
 * @param dist folder of the bundles
 */
export function createNativeRunner(dist: string): SandboxRunner {
  const url = (file: string) => pathToFileURL(path.join(dist, file)).href;
  return {
    run: (request, { signal } = {}) =>
      runChild(
        path.join(dist, "native-child.cjs"),
        { request, dsl: url("dsl/index.js"), hooks: url("native-hooks.mjs") },
        signal,
      ),
    dispose: () => Promise.resolve(),
  };
}

function runChild(file: string, request: NativeRequest, signal: AbortSignal | undefined): Promise<RunOutcome> {
  // What the program writes past `console` goes to standard error: standard output is the command's.
  const child = fork(file, [], { execArgv: [], stdio: ["ignore", 2, 2, "ipc"], ...(signal && { signal }) });
  const stopForwarding = endWith(child);
  return new Promise<RunOutcome>((resolve, reject) => {
    child.once("message", (outcome: NativeOutcome) => {
      resolve(outcome);
    });
    child.once("error", reject);
    child.once("exit", (code, killedBy) => {
      // Node ends by itself when nothing is left that could settle an `await`.
      if (code === 0) resolve({ kind: "pending", logs: [] });
      reject(
        new CliError(
          `The model file ended Node itself (${killedBy ?? `exit code ${String(code)}`}) before it defined a model.`,
        ),
      );
    });
    child.send(request);
  }).finally(stopForwarding);
}

/** A child in an endless loop does not see that its parent has gone: it is ended with it. */
function endWith(child: ChildProcess): () => void {
  const forward = (signal: NodeJS.Signals): void => {
    child.kill("SIGKILL");
    stop();
    process.kill(process.pid, signal);
  };
  const stop = (): void => {
    for (const signal of endingSignals) process.removeListener(signal, forward);
  };
  for (const signal of endingSignals) process.once(signal, forward);
  return stop;
}
