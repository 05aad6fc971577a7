/** The model that the side bar and the palette's commands are about. */
import * as vscode from "vscode";
import { isModelDocument } from "./model-document.js";

/** Context key: there is such a model. */
const activeModelKey = "quantlens.activeModel";

/**
 * The model of the last editor that showed one. It stays while panels, helper modules or other files are looked at, and
 * ends when its document is closed.
 */
export class ActiveModel implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri | undefined>();
  private readonly subscriptions: vscode.Disposable;
  private uri: vscode.Uri | undefined;
  readonly onDidChange = this.changed.event;

  constructor() {
    this.subscriptions = vscode.Disposable.from(
      this.changed,
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        this.look(editor?.document);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.toString() === this.uri?.toString()) this.set(undefined);
      }),
    );
    this.look(vscode.window.activeTextEditor?.document);
  }

  get current(): vscode.Uri | undefined {
    return this.uri;
  }

  /** Call when a document that was none may have become a model. */
  look(document: vscode.TextDocument | undefined): void {
    if (document !== undefined && isModelDocument(document)) this.set(document.uri);
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  private set(uri: vscode.Uri | undefined): void {
    if (uri?.toString() === this.uri?.toString()) return;
    this.uri = uri;
    void vscode.commands.executeCommand("setContext", activeModelKey, uri !== undefined);
    this.changed.fire(uri);
  }
}
