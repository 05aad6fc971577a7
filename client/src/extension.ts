/**
 * The extension's entry. VS Code loads it for every TypeScript file, so it imports nothing heavy: the language
 * client, and with it the server, is loaded when the first model file is open.
 */
import * as vscode from "vscode";
import { registerCommands } from "./commands.js";
import { watchModelEditors } from "./model-editors.js";
import type { Session } from "./session.js";

let session: Promise<Session> | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("QuantLens", { log: true });
  const start = (): Promise<Session> => (session ??= load(context, log));
  context.subscriptions.push(log, registerCommands(start, log), watchModelEditors(start));
}

/** Ends the server before VS Code ends the extension host. */
export async function deactivate(): Promise<void> {
  const ending = session;
  session = undefined;
  await (await ending)?.stop();
}

async function load(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<Session> {
  const { startSession } = await import("./client.js");
  return startSession(context, log);
}
