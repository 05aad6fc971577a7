/** Shows source from a panel without covering the panel. */
import * as vscode from "vscode";
import type { MessageRange } from "../../../shared/messages.js";

/** Selects a range in the editor that shows the file already, else in the first column. The panel keeps the keyboard. */
export async function showSource(uri: string, { start, end }: MessageRange): Promise<void> {
  const target = vscode.Uri.parse(uri, true);
  const shown = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === target.toString());
  const editor = await vscode.window.showTextDocument(target, {
    viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One,
    preserveFocus: true,
  });
  // The cursor stands at the start: VS Code brings it into view, and the end of a long call would hide its name.
  const first = new vscode.Position(start.line, start.character);
  editor.selection = new vscode.Selection(new vscode.Position(end.line, end.character), first);
  editor.revealRange(new vscode.Range(first, first), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
