/** Starts a task for a model with the parameters that its numbers stand for. */
import * as vscode from "vscode";
import { chosenValues } from "../parameter-values.js";
import type { QuantLensTask } from "../tasks/definition.js";
import type { CommandContext } from "./context.js";

/** What is trained and written is what the hints show: values that are picked are given to the program. */
export async function startTask(
  task: Omit<QuantLensTask, "type" | "params">,
  model: vscode.Uri,
  context: CommandContext,
): Promise<void> {
  const folder = vscode.workspace.getWorkspaceFolder(model);
  await context.runner.start({ type: "quantlens", ...task, ...(await pickedParameters(model, context)) }, folder);
}

async function pickedParameters(model: vscode.Uri, context: CommandContext): Promise<Pick<QuantLensTask, "params">> {
  if (model.path.endsWith(".onnx")) return {};
  await vscode.workspace.openTextDocument(model);
  const setup = await (await context.start()).request("quantlens/modelSetup", { uri: model.toString() });
  // A model that does not run has none here; the program says why it does not.
  const params = chosenValues(setup?.parameters ?? []);
  return Object.keys(params).length === 0 ? {} : { params };
}
