/**
 * The extension's entry. VS Code loads it for every TypeScript file, so it imports nothing heavy: the language
 * client, and with it the server, is loaded when the first model file is open.
 */
import * as vscode from "vscode";
import { ActiveModel } from "./active-model.js";
import type { CommandContext } from "./commands/context.js";
import { registerCommands } from "./commands/register.js";
import { createModelBadges } from "./decorations.js";
import { watchModelEditors } from "./model-editors.js";
import { registerAllPanels } from "./panels/register.js";
import type { Session } from "./session.js";
import { registerTasks } from "./tasks/register.js";
import { TaskRunner } from "./tasks/runner.js";
import { TaskFactory } from "./tasks/task.js";
import { ModelTreeView } from "./tree/model-tree.js";

let session: Promise<Session> | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("QuantLens", { log: true });
  const start = (): Promise<Session> => (session ??= load(context, log));
  const model = new ActiveModel();
  const factory = new TaskFactory(context.asAbsolutePath("dist/cli.cjs"), log);
  const runner = new TaskRunner(factory);
  const panels = registerAllPanels(context, start);
  const commands: CommandContext = { extension: context, log, model, factory, runner, panels, start };
  const noticeModel = (document: vscode.TextDocument): void => {
    void start();
    if (document === vscode.window.activeTextEditor?.document) model.look(document);
  };
  context.subscriptions.push(log, model, runner, registerCommands(commands), registerTasks(commands));
  context.subscriptions.push(watchModelEditors(noticeModel), new ModelTreeView(model, start), createModelBadges());
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
