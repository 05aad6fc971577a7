/** Notices model files as they are opened, and which editor shows one. */
import * as vscode from "vscode";
import { isModelDocument, mentionsQuantLens } from "./model-document.js";

/** Context key behind the commands that need a model in the active editor. */
const modelEditorKey = "quantlens.modelEditor";

/**
 * Calls `onModel` whenever a model file is open that was not noticed before, and keeps the context key of the active
 * editor. `onModel` may be called several times.
 */
export function watchModelEditors(onModel: (document: vscode.TextDocument) => unknown): vscode.Disposable {
  const notice = (document: vscode.TextDocument): void => {
    if (!isModelDocument(document)) return;
    onModel(document);
    updateContext(vscode.window.activeTextEditor);
  };
  const noticeChange = ({ document, contentChanges }: vscode.TextDocumentChangeEvent): void => {
    if (document.languageId !== "typescript") return;
    // Only the touched lines are read here: this runs for each keystroke in each TypeScript file.
    if (contentChanges.some(({ range, text }) => mentionsQuantLens(text + document.lineAt(range.start).text))) {
      notice(document);
    }
  };
  vscode.workspace.textDocuments.forEach(notice);
  updateContext(vscode.window.activeTextEditor);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(notice),
    vscode.workspace.onDidChangeTextDocument(noticeChange),
    vscode.window.onDidChangeActiveTextEditor(updateContext),
  );
}

function updateContext(editor: vscode.TextEditor | undefined): void {
  const isModel = editor !== undefined && isModelDocument(editor.document);
  void vscode.commands.executeCommand("setContext", modelEditorKey, isModel);
}
