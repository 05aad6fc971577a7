/** Lets the user choose trained weights, and keeps which ones a model's numbers stand for. */
import * as vscode from "vscode";
import type { Session } from "./session.js";
import { settingPath, writeEntry } from "./settings.js";

interface WeightsItem extends vscode.QuickPickItem {
  /** A file, `null` for none, `"browse"` for a file outside of the workspace. */
  readonly choice: vscode.Uri | null | "browse";
}

const maxFiles = 200;
const extensions = ["onnx", "safetensors", "pth", "pt"];

/** Asks for the weights that the numbers of `model` stand for, and selects them. */
export async function selectWeights(model: vscode.Uri, session: Session): Promise<void> {
  const title = "Which weights do the numbers of this model stand for?";
  const none: WeightsItem = { label: "$(circle-slash) No weights", description: "dense costs", choice: null };
  const weights = await pick(title, [none], await selectedWeights(model, session));
  if (weights !== undefined) await useWeights(model, weights, session);
}

/**
 * Gives weights (`null`: none) to the server, and keeps the choice in the setting `quantlens.weights` where the model
 * lies in a workspace folder. Weights that do not fit are refused with the server's sentence.
 */
export async function useWeights(model: vscode.Uri, weights: vscode.Uri | null, session: Session): Promise<void> {
  const params = { uri: model.toString(), weights: weights?.toString() ?? null };
  const { problem } = await session.request("quantlens/selectWeights", params);
  if (problem !== undefined) {
    void vscode.window.showWarningMessage(problem);
    return;
  }
  await writeEntry(model, "weights", weights === null ? undefined : settingPath(weights, model));
}

/** Asks for a weights file, the selected ones first; `undefined` when the user picks none. */
export async function pickWeights(title: string, model: vscode.Uri, session: Session): Promise<vscode.Uri | undefined> {
  return (await pick(title, [], await selectedWeights(model, session))) ?? undefined;
}

/** The weights that the numbers of `model` stand for now. */
async function selectedWeights(model: vscode.Uri, session: Session): Promise<vscode.Uri | undefined> {
  const cost = await session.request("quantlens/modelCost", { uri: model.toString() });
  const weights = cost?.summary.weights;
  return weights && vscode.Uri.parse(weights.uri, true);
}

/** `undefined` when the user leaves it as it is. */
async function pick(
  title: string,
  first: readonly WeightsItem[],
  selected: vscode.Uri | undefined,
): Promise<vscode.Uri | null | undefined> {
  const glob = `**/*.{${extensions.join(",")}}`;
  const files = await vscode.workspace.findFiles(glob, "**/node_modules/**", maxFiles);
  const isSelected = (file: vscode.Uri): boolean => file.toString() === selected?.toString();
  const fileItems = files
    .filter((file) => !isSelected(file))
    .map((file) => itemOf(file))
    .sort((a, b) => a.label.localeCompare(b.label));
  const items: WeightsItem[] = [
    ...(selected ? [{ ...itemOf(selected), description: "selected" }] : []),
    ...first,
    ...fileItems,
    { label: "$(folder-opened) Browse ...", choice: "browse" },
  ];
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return picked?.choice === "browse" ? browse(title) : picked?.choice;
}

function itemOf(file: vscode.Uri): WeightsItem {
  return { label: `$(file-binary) ${vscode.workspace.asRelativePath(file)}`, choice: file };
}

async function browse(title: string): Promise<vscode.Uri | undefined> {
  const filters = { "Trained weights": extensions };
  const files = await vscode.window.showOpenDialog({ title, filters, openLabel: "Select Weights" });
  return files?.[0];
}
