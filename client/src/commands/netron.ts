/** Opens an ONNX file in Netron: its VS Code extension or its program, whichever is installed. */
import * as vscode from "vscode";
import { mayStart } from "../trust.js";
import { uriOf } from "./context.js";
import { activeOnnx } from "./onnx.js";

/** Netron as an extension of VS Code, and the id of its editor. */
const extensionId = "vincent-templier.vscode-netron";
const website = "https://netron.app";

/** `argument` names the file; without, it is the one in the active tab, else one that the user picks. */
export async function openInNetron(argument: unknown): Promise<void> {
  const file = uriOf(argument) ?? activeOnnx() ?? (await pickOnnx());
  if (file === undefined) return;
  const editor = netronEditor();
  if (editor !== undefined) {
    await vscode.commands.executeCommand("vscode.openWith", file, editor);
    return;
  }
  const run = "Run netron";
  const visit = "Open netron.app";
  const message = `Netron's extension (${extensionId}) is not installed. Its program can show the file when it is installed (pip install netron); at netron.app you choose the file yourself, and it stays on this machine.`;
  const picked = await vscode.window.showInformationMessage(message, run, visit);
  if (picked === run && (await mayStart("Netron", file))) await runNetron(file);
  if (picked === visit) {
    await vscode.commands.executeCommand("revealFileInOS", file);
    await vscode.env.openExternal(vscode.Uri.parse(website));
  }
}

async function pickOnnx(): Promise<vscode.Uri | undefined> {
  const files = await vscode.workspace.findFiles("**/*.onnx", "**/node_modules/**", 200);
  if (files.length === 0) {
    void vscode.window.showInformationMessage('There is no ONNX file here: "QuantLens: Export ONNX..." writes one.');
    return undefined;
  }
  const items = files.map((file) => ({ label: vscode.workspace.asRelativePath(file), file }));
  return (await vscode.window.showQuickPick(items, { title: "Which ONNX file?" }))?.file;
}

/** The id of the editor that Netron's extension contributes for ONNX files. */
function netronEditor(): string | undefined {
  interface Editors {
    readonly contributes?: { readonly customEditors?: readonly { readonly viewType: string }[] };
  }
  const manifest = vscode.extensions.getExtension(extensionId)?.packageJSON as Editors | undefined;
  return manifest?.contributes?.customEditors?.[0]?.viewType;
}

async function runNetron(file: vscode.Uri): Promise<void> {
  const execution = new vscode.ProcessExecution("netron", ["--browse", file.fsPath]);
  const scope = vscode.workspace.getWorkspaceFolder(file) ?? vscode.TaskScope.Workspace;
  await vscode.tasks.executeTask(new vscode.Task({ type: "process" }, scope, "netron", "Netron", execution));
}
