/** A badge on model files, in the explorer and on tabs. */
import * as vscode from "vscode";

const modelFile = /\.model\.[cm]?ts$/;

export function createModelBadges(): vscode.Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration: ({ path }) =>
      modelFile.test(path)
        ? new vscode.FileDecoration("Q", "QuantLens model: its costs are shown when it is open")
        : undefined,
  });
}
