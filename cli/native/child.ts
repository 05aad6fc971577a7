/**
 * The Node process in which a trusted model file runs: the same marked code, marks and DSL as in the sandbox, without
 * its limits. It gets one request, answers with one outcome, and ends.
 */
import * as nodeModule from "node:module";
import { pathToFileURL } from "node:url";
import { calleeNames } from "../../shared/sandbox/callee-names.js";
import { currentCall } from "../../shared/sandbox/chain-runtime.js";
import { installConsole } from "../../shared/sandbox/console-runtime.js";
import { installDeterminism } from "../../shared/sandbox/determinism.js";
import { installMarks, type QuantlensGlobal } from "../../shared/sandbox/marks-runtime.js";
import type { Failure, LogLine, RunRequest } from "../../shared/sandbox/protocol.js";
import { createHooks, type HookData } from "./hooks.js";
import type { NativeOutcome, NativeRequest } from "./protocol.js";

/** Node's newer way to hook imports, which the types of the oldest supported Node do not know. */
type RegisterHooks = (hooks: ReturnType<typeof createHooks>) => void;

/** What the program has printed: standard output belongs to the command's result. */
let logs: () => readonly LogLine[] = () => [];

process.once("message", (message: NativeRequest) => {
  // A program that waits for something that never comes lets Node end: the channel shall not keep it.
  process.channel?.unref();
  void answer(message).then((outcome) => {
    process.send?.(outcome satisfies NativeOutcome, () => process.exit());
  });
});
process.once("disconnect", () => process.exit());

async function answer({ request, dsl, hooks }: NativeRequest): Promise<NativeOutcome> {
  const { modules, entry, parameters } = request;
  hookImports({ modules, dsl }, hooks);
  installMarks({ callee: calleeNames(modules) });
  logs = installConsole(currentCall);
  installDeterminism();
  const marks = (globalThis as unknown as { __quantlens: QuantlensGlobal }).__quantlens;
  marks.parameters = parameters;
  try {
    return await valueOf(entry);
  } catch (error) {
    return {
      kind: "failure",
      failure: { ...describe(error, request), whereabouts: marks.whereabouts() },
      logs: logs(),
    };
  }
}

async function valueOf(entry: string): Promise<NativeOutcome> {
  const module = (await import(pathToFileURL(entry).href)) as { readonly default?: unknown };
  if (module.default === undefined) return { kind: "noDefault", logs: logs() };
  return { kind: "value", json: JSON.stringify(module.default), logs: logs() };
}

function hookImports(data: HookData, hooksUrl: string): void {
  if ("registerHooks" in nodeModule) (nodeModule.registerHooks as RegisterHooks)(createHooks(data));
  else nodeModule.register(hooksUrl, { data });
}

/** A failure with the paths of the program's files where Node's stack has URLs. */
function describe(error: unknown, { modules }: RunRequest): Failure {
  if (!(error instanceof Error)) return { name: "", message: String(error), stack: "" };
  const stack = modules.reduce(
    (lines, { path }) => lines.replaceAll(pathToFileURL(path).href, () => path),
    error.stack ?? "",
  );
  return { name: error.name, message: error.message, stack };
}
