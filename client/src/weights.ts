/** Lets the user choose the trained weights that a model's numbers stand for. */
import * as vscode from "vscode";
import type { Session } from "./session.js";
import { writeSetting } from "./settings.js";

interface WeightsItem extends vscode.QuickPickItem {
  /** A file, `null` for none, `"browse"` for a file outside of the workspace. */
  readonly choice: vscode.Uri | null | "browse";
}

const maxFiles = 200;

/**
 * Asks for the weights of `model`, gives them to the server, and keeps the choice in the setting `quantlens.weights`
 * where the model lies in a workspace folder. Weights that do not fit are refused with the server's sentence.
 */
export async function selectWeights(model: vscode.Uri, session: Session): Promise<void> {
  const weights = await pickWeights();
  if (weights === undefined) return;
  const params = { uri: model.toString(), weights: weights?.toString() ?? null };
  const { problem } = await session.request("quantlens/selectWeights", params);
  if (problem !== undefined) {
    void vscode.window.showWarningMessage(problem);
    return;
  }
  await rememberWeights(model, weights);
}

/** `undefined` when the user leaves it as it is. */
async function pickWeights(): Promise<vscode.Uri | null | undefined> {
  const files = await vscode.workspace.findFiles("**/*.{onnx,safetensors,pth,pt}", "**/node_modules/**", maxFiles);
  const fileItems = files
    .map((file): WeightsItem => ({ label: `$(file-binary) ${vscode.workspace.asRelativePath(file)}`, choice: file }))
    .sort((a, b) => a.label.localeCompare(b.label));
  const items: WeightsItem[] = [
    { label: "$(circle-slash) No weights", description: "dense costs", choice: null },
    ...fileItems,
    { label: "$(folder-opened) Browse ...", choice: "browse" },
  ];
  const title = "Which weights do the numbers of this model stand for?";
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return picked?.choice === "browse" ? browse() : picked?.choice;
}

async function browse(): Promise<vscode.Uri | undefined> {
  const filters = { "Trained weights": ["onnx", "safetensors", "pth", "pt"] };
  const files = await vscode.window.showOpenDialog({ filters, openLabel: "Select Weights" });
  return files?.[0];
}

async function rememberWeights(model: vscode.Uri, weights: vscode.Uri | null): Promise<void> {
  const folder = vscode.workspace.getWorkspaceFolder(model);
  if (folder === undefined) return;
  const inFolder = (file: vscode.Uri): string =>
    vscode.workspace.getWorkspaceFolder(file) === folder ? vscode.workspace.asRelativePath(file, false) : file.fsPath;
  const kept = vscode.workspace.getConfiguration("quantlens", model).inspect<Record<string, string>>("weights");
  const others = Object.entries(kept?.workspaceFolderValue ?? {}).filter(([path]) => path !== inFolder(model));
  const entry = weights === null ? [] : [[inFolder(model), inFolder(weights)]];
  await writeSetting(model, "weights", Object.fromEntries([...others, ...entry]));
}
