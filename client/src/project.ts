/** New Model Project: asks for a name, a network to begin with and a place; `quantlens init` writes the files. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { uriOf, type CommandContext } from "./commands/context.js";
import { projectTemplates } from "./project-templates.js";
import { mayStart } from "./trust.js";

/** What `quantlens init --format json` prints. */
interface MadeProject {
  readonly folder: string;
  readonly model: string;
}

/** `argument` may be the folder, from a menu, in which the project's folder is to be. */
export async function newProject(argument: unknown, context: CommandContext): Promise<void> {
  if (!(await mayStart("A new project"))) return;
  const name = await vscode.window.showInputBox({
    title: "New Model Project (1/3): what is the network called?",
    value: "my-network",
    validateInput: (text) => (/[\p{L}\d]/u.test(text) ? undefined : "Write a name with a letter or digit in it."),
  });
  if (name === undefined) return;
  const template = await vscode.window.showQuickPick(projectTemplates, {
    title: "New Model Project (2/3): which network does it begin with?",
    matchOnDetail: true,
  });
  if (template === undefined) return;
  const parent = uriOf(argument) ?? (await pickParent());
  if (parent === undefined || !(await mayStart("A new project", parent))) return;
  const folder = path.join(parent.fsPath, name.trim().replace(/[\\/:*?"<>|]+/g, "-"));
  const made = await make(folder, ["--name", name, "--template", template.template], context);
  if (made !== undefined) await show(made);
}

async function pickParent(): Promise<vscode.Uri | undefined> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const folders = await vscode.window.showOpenDialog({
    title: "New Model Project (3/3): in which folder is the project's folder made?",
    openLabel: "Make the Project Here",
    canSelectFiles: false,
    canSelectFolders: true,
    ...(folder && { defaultUri: folder.uri }),
  });
  return folders?.[0];
}

async function make(
  folder: string,
  options: readonly string[],
  { factory, log }: CommandContext,
): Promise<MadeProject | undefined> {
  const { program, env } = await factory.runtime(undefined);
  try {
    const args = [factory.cli, "init", folder, ...options, "--format", "json"];
    const { stdout } = await promisify(execFile)(program, args, { env: { ...process.env, ...env }, windowsHide: true });
    return JSON.parse(stdout) as MadeProject;
  } catch (error) {
    // What the program says is one sentence, behind its own name.
    const { stderr = "", message } = error as Error & { readonly stderr?: string };
    const sentence = stderr.trim().replace(/^quantlens: /, "");
    log.error(`The project could not be made: ${sentence || message}`);
    void vscode.window.showErrorMessage(`The project could not be made: ${sentence || message}`);
    return undefined;
  }
}

/** Opens the model where its folder is part of the workspace; else offers to open the folder. */
async function show({ folder, model }: MadeProject): Promise<void> {
  const file = vscode.Uri.file(path.join(folder, model));
  if (vscode.workspace.getWorkspaceFolder(file) !== undefined) {
    await vscode.window.showTextDocument(file);
    return;
  }
  const [here, newWindow, add] = ["Open", "Open in New Window", "Add to Workspace"];
  const actions = vscode.workspace.workspaceFolders === undefined ? [here] : [here, newWindow, add];
  const picked = await vscode.window.showInformationMessage(`The project is in ${folder}.`, ...actions);
  const uri = vscode.Uri.file(folder);
  if (picked === here) await vscode.commands.executeCommand("vscode.openFolder", uri);
  if (picked === newWindow) await vscode.commands.executeCommand("vscode.openFolder", uri, { forceNewWindow: true });
  if (picked === add) {
    vscode.workspace.updateWorkspaceFolders(vscode.workspace.workspaceFolders?.length ?? 0, 0, { uri });
    await vscode.window.showTextDocument(file);
  }
}
