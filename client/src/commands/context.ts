/** What the handlers of commands work with. */
import * as vscode from "vscode";
import type { ActiveModel } from "../active-model.js";
import type { AllPanels } from "../panels/register.js";
import type { Session } from "../session.js";
import type { TaskRunner } from "../tasks/runner.js";
import type { TaskFactory } from "../tasks/task.js";

export interface CommandContext {
  readonly extension: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly model: ActiveModel;
  readonly factory: TaskFactory;
  readonly runner: TaskRunner;
  readonly panels: AllPanels;
  /** The running session; starts it when there is none. */
  readonly start: () => Promise<Session>;
}

const maxModels = 200;

/**
 * The model that a command is about: what a lens or a menu names, else the active one, else what the user picks of those
 * in the workspace. `undefined` when the user picks none.
 */
export async function modelOf(argument: unknown, context: CommandContext): Promise<vscode.Uri | undefined> {
  return uriOf(argument) ?? context.model.current ?? pickModel();
}

/** The file that an argument names: a URI (menus), or a record with one (lenses, items of the tree). */
export function uriOf(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) return argument;
  if (typeof argument !== "object" || argument === null || !("uri" in argument)) return undefined;
  const { uri } = argument;
  if (uri instanceof vscode.Uri) return uri;
  return typeof uri === "string" ? vscode.Uri.parse(uri, true) : undefined;
}

async function pickModel(): Promise<vscode.Uri | undefined> {
  const models = await vscode.workspace.findFiles("**/*.model.{ts,mts,cts}", "**/node_modules/**", maxModels);
  if (models.length === 0) {
    void vscode.window.showInformationMessage(
      'There is no model file here: open one, or make one with "QuantLens: New Model Project...".',
    );
    return undefined;
  }
  if (models.length === 1) return models[0];
  const items = models.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  items.sort((a, b) => a.label.localeCompare(b.label));
  return (await vscode.window.showQuickPick(items, { title: "Which model?" }))?.uri;
}
