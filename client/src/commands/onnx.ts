/** Commands that show networks: an ONNX file's costs, and graphs. */
import * as vscode from "vscode";
import { isOnnx } from "../graph/drawings.js";
import { onnxEditor } from "../onnx/editor.js";
import { modelOf, uriOf, type CommandContext } from "./context.js";

/** Shows an ONNX file's costs, whatever other editor is set for such files. The argument names the file. */
export async function openOnnx(argument: unknown): Promise<void> {
  const file = uriOf(argument) ?? activeOnnx();
  if (file !== undefined) await vscode.commands.executeCommand("vscode.openWith", file, onnxEditor);
}

/** Shows the graph of what the argument names, of the ONNX file in the active tab, or of a model. */
export async function showModelGraph(argument: unknown, context: CommandContext): Promise<void> {
  const subject = uriOf(argument) ?? activeOnnx() ?? (await modelOf(undefined, context));
  if (subject !== undefined) context.panels.graph.show(subject.toString());
}

/** The ONNX file in the active tab, whatever its editor. */
export function activeOnnx(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText ? input.uri : undefined;
  return uri !== undefined && isOnnx(uri) ? uri : undefined;
}
