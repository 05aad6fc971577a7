/** Run Sweep: many values of a model's parameters, or the search for the cheapest bit widths. */
import path from "node:path";
import * as vscode from "vscode";
import type { QuantLensTask } from "../tasks/definition.js";
import { pathInTask } from "../tasks/task.js";
import { pickWeights } from "../weights.js";
import { uriOf, type CommandContext } from "./context.js";
import { startableModel } from "./training.js";

interface SweepItem extends vscode.QuickPickItem {
  readonly task: Pick<QuantLensTask, "command" | "data"> & { readonly folder?: vscode.Uri };
}

const maxSweeps = 100;

/** Asks which sweep, or which one to go on with. Picked parameters do not count here: the sweep says their values. */
export async function runSweep(argument: unknown, context: CommandContext): Promise<void> {
  const model = await startableModel("Sweeping", argument, context);
  if (model === undefined) return;
  const manifests = await vscode.workspace.findFiles("**/sweep.json", "**/node_modules/**", maxSweeps);
  const items: SweepItem[] = [
    { label: "$(graph-scatter) Run the model's sweep", description: "on its data", task: { command: "sweep" } },
    { label: "$(beaker) Run the model's sweep on generated frames", task: { command: "sweep", data: "synthetic" } },
    { label: "$(search) Search the cheapest bit widths", description: "on its data", task: { command: "search" } },
    {
      label: "$(search) Search the cheapest bit widths on generated frames",
      task: { command: "search", data: "synthetic" },
    },
    ...manifests.map((manifest) => resumeItem(vscode.Uri.joinPath(manifest, ".."))),
  ];
  const title = `Sweep ${path.basename(model.fsPath)}`;
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  if (picked === undefined) return;
  const { folder: begun, ...task } = picked.task;
  const folder = vscode.workspace.getWorkspaceFolder(model);
  const weights =
    task.command === "search" ? await pickWeights("From which weights?", model, await context.start()) : undefined;
  if (task.command === "search" && weights === undefined) return;
  const target = pathInTask(begun ?? model, folder);
  const from = weights && { weights: pathInTask(weights, folder) };
  await context.runner.start({ type: "quantlens", ...task, model: target, ...from }, folder);
}

/** Goes on with the sweep in a folder. */
export async function resumeSweep(sweep: vscode.Uri, { runner }: CommandContext): Promise<void> {
  const folder = vscode.workspace.getWorkspaceFolder(sweep);
  await runner.start({ type: "quantlens", command: "sweep", model: pathInTask(sweep, folder) }, folder);
}

/** Shows a sweep that runs or has run: that of a folder, else the one that the user picks. */
export async function showSweep(argument: unknown, { panels }: CommandContext): Promise<void> {
  const folder = uriOf(argument) ?? (await pickSweep());
  if (folder !== undefined) panels.sweep.show(folder.toString());
}

async function pickSweep(): Promise<vscode.Uri | undefined> {
  const manifests = await vscode.workspace.findFiles("**/sweep.json", "**/node_modules/**", maxSweeps);
  const folders = manifests.map((manifest) => vscode.Uri.joinPath(manifest, ".."));
  if (folders.length === 0) {
    void vscode.window.showInformationMessage(
      'There is no sweep in this workspace yet: begin one with "QuantLens: Run Sweep...".',
    );
    return undefined;
  }
  if (folders.length === 1) return folders[0];
  const items = folders.map((folder) => ({ label: vscode.workspace.asRelativePath(folder), folder }));
  items.sort((a, b) => b.label.localeCompare(a.label, undefined, { numeric: true }));
  return (await vscode.window.showQuickPick(items, { title: "Which sweep?" }))?.folder;
}

function resumeItem(folder: vscode.Uri): SweepItem {
  const label = `$(debug-continue) Go on with ${vscode.workspace.asRelativePath(folder)}`;
  return { label, task: { command: "sweep", folder } };
}
