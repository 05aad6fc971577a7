/** Where a setting of a model is written: as near to the model as VS Code allows. */
import * as vscode from "vscode";

/** Sets `quantlens.<name>` for the folder of `uri`, or for the user where there is no folder. */
export async function writeSetting(uri: vscode.Uri, name: string, value: unknown): Promise<void> {
  const target = vscode.workspace.getWorkspaceFolder(uri)
    ? vscode.ConfigurationTarget.WorkspaceFolder
    : vscode.ConfigurationTarget.Global;
  await vscode.workspace.getConfiguration("quantlens", uri).update(name, value, target);
}
