/** Package a submission: asks for weights, accuracy and place, then runs a task. */
import path from "node:path";
import * as vscode from "vscode";
import { pathsInTask } from "../tasks/task.js";
import { pickWeights } from "../weights.js";
import type { CommandContext } from "./context.js";
import { startTask } from "./start-task.js";
import { browseData, startableModel } from "./training.js";

/** Where the accuracy comes from, as the task says it; nothing where it is measured on the model's own data. */
type Accuracy = Readonly<Partial<Record<"evaluation" | "data", vscode.Uri>>>;

export async function packageSubmission(argument: unknown, context: CommandContext): Promise<void> {
  const model = await startableModel("Packaging", argument, context);
  if (model === undefined) return;
  const weights = await pickWeights("Which weights are submitted?", model, await context.start());
  if (weights === undefined) return;
  const accuracy = await pickAccuracy();
  if (accuracy === undefined) return;
  const out = await askOutput(model);
  if (out === undefined) return;
  const folder = vscode.workspace.getWorkspaceFolder(model);
  const paths = pathsInTask({ model, weights, out, ...accuracy }, folder);
  await startTask({ command: "package", ...paths }, model, context);
}

async function pickAccuracy(): Promise<Accuracy | undefined> {
  const items = [
    { label: "$(json) An evaluation ...", detail: "What evaluate printed with the format json.", from: "evaluation" },
    {
      label: "$(folder-opened) Measure it on a data file ...",
      detail: "RadioML 2018.01A: takes minutes.",
      from: "file",
    },
    { label: "$(database) Measure it on the model's data", from: "own" },
  ] as const;
  const picked = await vscode.window.showQuickPick(items, { title: "Where does the accuracy come from?" });
  if (picked === undefined) return undefined;
  if (picked.from === "own") return {};
  if (picked.from === "file") {
    const data = await browseData();
    return data && { data };
  }
  const files = await vscode.window.showOpenDialog({
    title: "Which evaluation?",
    filters: { JSON: ["json"] },
    openLabel: "Use Evaluation",
  });
  const evaluation = files?.[0];
  return evaluation && { evaluation };
}

/** A name that is free: an existing submission is replaced from a terminal only, since the same option also writes what is not valid. */
function askOutput(model: vscode.Uri): Thenable<vscode.Uri | undefined> {
  const name = path.basename(model.fsPath).replace(/(\.model)?\.[^.]+$/, "-submission.zip");
  const defaultUri = vscode.Uri.joinPath(model, "..", name);
  const filters = { Zip: ["zip"] };
  return vscode.window.showSaveDialog({ title: "Package as which file?", defaultUri, filters, saveLabel: "Package" });
}
