/** Offers tasks for the model files of the workspace, and makes those of `tasks.json` runnable. */
import * as vscode from "vscode";
import { whyOff } from "../trust.js";
import { parseTask, type QuantLensTask } from "./definition.js";
import { pathInTask, type TaskFactory } from "./task.js";

/** More models than this are not looked for. */
const maxModels = 100;

export function createTaskProvider(factory: TaskFactory, log: vscode.LogOutputChannel): vscode.TaskProvider {
  return {
    async provideTasks() {
      if (whyOff("A task", undefined) !== undefined) return [];
      const models = await vscode.workspace.findFiles("**/*.model.{ts,mts,cts}", "**/node_modules/**", maxModels);
      const tasks = models.filter(({ scheme }) => scheme === "file").map((model) => tasksOf(model, factory));
      return (await Promise.all(tasks)).flat();
    },
    async resolveTask(task) {
      const parsed = parseTask(task.definition);
      const reason = typeof parsed === "string" ? parsed : whyOff("This task", undefined);
      if (reason !== undefined || typeof parsed === "string") {
        log.warn(`The task "${task.name}" cannot be run: ${String(reason)}`);
        void vscode.window.showWarningMessage(String(reason));
        return undefined;
      }
      const folder = typeof task.scope === "object" ? task.scope : vscode.workspace.workspaceFolders?.[0];
      const resolved = await factory.create(parsed, folder);
      // VS Code takes the task only when its definition is the same object.
      resolved.definition = task.definition;
      return resolved;
    },
  };
}

function tasksOf(model: vscode.Uri, factory: TaskFactory): Promise<vscode.Task[]> {
  const folder = vscode.workspace.getWorkspaceFolder(model);
  const offered = (["train", "check", "cost"] as const).map((command): QuantLensTask => ({
    type: "quantlens",
    command,
    model: pathInTask(model, folder),
  }));
  return Promise.all(offered.map((definition) => factory.create(definition, folder)));
}
