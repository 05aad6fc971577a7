/** Settings that an ONNX file's costs depend on. */
import * as vscode from "vscode";

const names = ["quantlens.flavor", "quantlens.discountSparsity"];

/** Calls when one of them has changed for a file. */
export function onCostSettings(uri: vscode.Uri, changed: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (names.some((name) => event.affectsConfiguration(name, uri))) changed();
  });
}
