/** Where a setting of a model is written: as near to the model as VS Code allows. */
import * as vscode from "vscode";

/** Sets `quantlens.<name>` for the folder of `uri`, or for the user where there is no folder. */
export async function writeSetting(uri: vscode.Uri, name: string, value: unknown): Promise<void> {
  const target = vscode.workspace.getWorkspaceFolder(uri)
    ? vscode.ConfigurationTarget.WorkspaceFolder
    : vscode.ConfigurationTarget.Global;
  await vscode.workspace.getConfiguration("quantlens", uri).update(name, value, target);
}

/**
 * Sets the entry of `model` in the setting `quantlens.<name>`, an object by model file; `undefined` removes it. Only in
 * the settings of the model's workspace folder: elsewhere a path would say little.
 */
export async function writeEntry(model: vscode.Uri, name: string, value: unknown): Promise<void> {
  if (vscode.workspace.getWorkspaceFolder(model) === undefined) return;
  const key = settingPath(model, model);
  const kept = vscode.workspace.getConfiguration("quantlens", model).inspect<Record<string, unknown>>(name);
  const others = Object.entries(kept?.workspaceFolderValue ?? {}).filter(([path]) => path !== key);
  const entry = value === undefined ? [] : [[key, value]];
  await writeSetting(model, name, Object.fromEntries([...others, ...entry]));
}

/** How settings of `model`'s workspace folder name a file: relative to the folder where it lies in it, else absolute. */
export function settingPath(file: vscode.Uri, model: vscode.Uri): string {
  const folder = vscode.workspace.getWorkspaceFolder(model);
  return folder !== undefined && vscode.workspace.getWorkspaceFolder(file) === folder
    ? vscode.workspace.asRelativePath(file, false)
    : file.fsPath;
}
