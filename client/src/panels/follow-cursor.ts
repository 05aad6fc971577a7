/** Tells a page where the cursor is, so that it can show what is made there. */
import * as vscode from "vscode";
import type { CursorMessage } from "./cursor-messages.js";

/** Follows the cursors of all editors of TypeScript. */
export function followCursor(post: (message: CursorMessage) => void): vscode.Disposable {
  return vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
    tellCursor(textEditor, post);
  });
}

/** Tells where the cursor is now, to a page that has just begun. */
export function tellCursor(editor: vscode.TextEditor | undefined, post: (message: CursorMessage) => void): void {
  if (editor?.document.languageId !== "typescript") return;
  const { line, character } = editor.selection.active;
  post({ kind: "cursor", uri: editor.document.uri.toString(), line, character });
}
