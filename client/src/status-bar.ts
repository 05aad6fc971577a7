/** The status bar item: the server's state, and the score of the model in the active editor. */
import * as vscode from "vscode";
import type { ModelChanged, ServerStatus } from "../../shared/messages.js";
import { isModelDocument } from "./model-document.js";
import type { Session } from "./session.js";
import { statusText } from "./status-text.js";

/** Shown while a model is in the active editor, and wherever the server is in trouble. */
export function createStatusBar(session: Session): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("quantlens.status", vscode.StatusBarAlignment.Right, 100);
  item.name = "QuantLens";
  item.command = "quantlens.showActions";
  const models = new Map<string, ModelChanged>();
  let status: ServerStatus = { state: "starting" };

  const update = (): void => {
    const document = vscode.window.activeTextEditor?.document;
    const isModel = document !== undefined && isModelDocument(document);
    if (!isModel && status.state !== "error") {
      item.hide();
      return;
    }
    const model = document && models.get(document.uri.toString());
    const { text, tooltip, isError } = statusText(status, model?.summary, model?.fresh ?? true);
    item.text = text;
    item.tooltip = new vscode.MarkdownString(tooltip);
    item.backgroundColor = isError ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
    item.show();
  };

  return vscode.Disposable.from(
    item,
    session.onState((next) => {
      // What an ended server said is not known to hold for the next one.
      if (next.state === "starting") models.clear();
      status = next;
      update();
    }),
    session.on("quantlens/modelChanged", (model) => {
      models.set(vscode.Uri.parse(model.uri, true).toString(), model);
      update();
    }),
    vscode.window.onDidChangeActiveTextEditor(update),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => models.delete(uri.toString())),
  );
}
