/** Shows source from a panel without covering the panel. */
import * as vscode from "vscode";
import type { MessageRange } from "../../../shared/messages.js";

/** Selects a range in the editor that shows the file already, else in the first column. The panel keeps the keyboard. */
export async function showSource(uri: string, { start, end }: MessageRange): Promise<void> {
  const target = vscode.Uri.parse(uri, true);
  const shown = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === target.toString());
  await vscode.window.showTextDocument(target, {
    selection: new vscode.Range(start.line, start.character, end.line, end.character),
    viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One,
    preserveFocus: true,
  });
}
