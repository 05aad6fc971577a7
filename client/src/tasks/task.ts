/** A task definition as VS Code runs it: the extension's own terminal program in a process of its own. */
import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { taskArguments, taskName, type QuantLensTask } from "./definition.js";
import { findRuntime, type Runtime } from "./runtime.js";

export const taskType = "quantlens";

/** Makes tasks; finds the runtime once per setting. */
export class TaskFactory {
  private readonly runtimes = new Map<string, Promise<Runtime>>();

  constructor(
    /** Path of the terminal program. */
    readonly cli: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** The task of a definition, to be run in `folder`, or beside the model where that is in no folder of the workspace. */
  async create(definition: QuantLensTask, folder: vscode.WorkspaceFolder | undefined): Promise<vscode.Task> {
    const { program, env } = await this.runtime(folder?.uri);
    const options = { cwd: workingFolder(definition, folder), env: { ...env } };
    const execution = new vscode.ProcessExecution(program, [this.cli, ...taskArguments(definition)], options);
    const scope = folder ?? vscode.TaskScope.Workspace;
    const task = new vscode.Task({ ...definition }, scope, taskName(definition), taskType, execution, ["$quantlens"]);
    task.detail = `quantlens ${taskArguments(definition).join(" ")}`;
    // Each kind of work has a terminal of its own; see `TaskRunner.start` for runs with other options.
    task.presentationOptions = { panel: vscode.TaskPanelKind.Dedicated, clear: true, showReuseMessage: false };
    return task;
  }

  /** The program that runs JavaScript for `uri`, by its setting `quantlens.node`. */
  runtime(uri: vscode.Uri | undefined): Promise<Runtime> {
    const wanted = vscode.workspace.getConfiguration("quantlens", uri).get("node", "");
    let runtime = this.runtimes.get(wanted);
    if (runtime === undefined) {
      runtime = findRuntime(wanted, process).then((found) => {
        this.log.info(`Programs run on ${found.description}.`);
        return found;
      });
      this.runtimes.set(wanted, runtime);
    }
    return runtime;
  }
}

/** Absolute path of the folder that relative paths of a definition are in. */
export function workingFolder({ model }: QuantLensTask, folder: vscode.WorkspaceFolder | undefined): string {
  if (folder !== undefined) return folder.uri.fsPath;
  const beside = model === undefined ? undefined : path.dirname(model);
  return beside !== undefined && path.isAbsolute(beside) && existsSync(beside) ? beside : process.cwd();
}

/** How a file is named in the definition of a task of `folder`: relative where it lies in it. */
export function pathInTask(file: vscode.Uri, folder: vscode.WorkspaceFolder | undefined): string {
  if (folder === undefined) return file.fsPath;
  const relative = path.relative(folder.uri.fsPath, file.fsPath);
  return relative.startsWith("..") || path.isAbsolute(relative) ? file.fsPath : relative.split(path.sep).join("/");
}

/** The same of several files, by the option that each is. */
export function pathsInTask<K extends string>(
  files: Readonly<Partial<Record<K, vscode.Uri>>>,
  folder: vscode.WorkspaceFolder | undefined,
): Partial<Record<K, string>> {
  const given = Object.entries<vscode.Uri | undefined>(files);
  const entries = given.flatMap(([option, file]) => (file === undefined ? [] : [[option, pathInTask(file, folder)]]));
  return Object.fromEntries(entries) as Partial<Record<K, string>>;
}
