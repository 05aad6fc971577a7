/** Commands whose program does not come with this version: they say so. */
import * as vscode from "vscode";

/** A handler that says what cannot be done yet. */
export function notYet(what: string): () => void {
  return () => {
    void vscode.window.showInformationMessage(`This version of QuantLens cannot ${what} yet.`);
  };
}
