/** Everything about tasks that runs beside the commands: the provider, and what is said when a task ends. */
import path from "node:path";
import * as vscode from "vscode";
import { resumeSweep } from "../commands/sweeping.js";
import { resume } from "../commands/training.js";
import type { CommandContext } from "../commands/context.js";
import { useWeights } from "../weights.js";
import { outcomeOf, type OutcomeAction } from "./outcome.js";
import { createTaskProvider } from "./provider.js";
import type { EndedTask } from "./runner.js";
import { makesRun } from "./definition.js";
import { canResume, runOfTask, sweepOfTask, weightsOf, type Run } from "./runs.js";
import { taskType } from "./task.js";

const titles: Readonly<Record<OutcomeAction, string>> = {
  useWeights: "Use Its Weights",
  showDashboard: "Show Dashboard",
  showSweep: "Show Sweep",
  resume: "Resume",
  showTerminal: "Show Terminal",
};

export function registerTasks(context: CommandContext): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.tasks.registerTaskProvider(taskType, createTaskProvider(context.factory, context.log)),
    context.runner.onDidEnd((task) => void tellEnd(task, context)),
  );
}

/** Says how a task has ended and does what the user picks. */
async function tellEnd(task: EndedTask, context: CommandContext): Promise<void> {
  const run = makesRun(task.definition) ? await runOfTask(task) : undefined;
  const sweep = task.definition.command === "sweep" ? await sweepOfTask(task) : undefined;
  const folder = run?.folder ?? sweep;
  const shownFolder = folder && vscode.workspace.asRelativePath(folder);
  const { definition, name, exitCode } = task;
  const outcome = outcomeOf({ definition, name, exitCode, run: shownFolder });
  context.log.info(`quantlens ${task.name} has ended with ${exitText(task.exitCode)}.`);
  if (outcome === undefined) return;
  const offered = outcome.actions.filter((action) => action !== "resume" || run === undefined || canResume(run));
  const show = { info: "showInformationMessage", warning: "showWarningMessage", error: "showErrorMessage" } as const;
  const picked = await vscode.window[show[outcome.severity]](outcome.message, ...offered.map((each) => titles[each]));
  const action = offered.find((each) => titles[each] === picked);
  if (action !== undefined) await act(action, task, { run, sweep }, context);
}

/** What a task has made. */
interface Made {
  readonly run: Run | undefined;
  /** Folder of a sweep. */
  readonly sweep: vscode.Uri | undefined;
}

async function act(
  action: OutcomeAction,
  task: EndedTask,
  { run, sweep }: Made,
  context: CommandContext,
): Promise<void> {
  switch (action) {
    case "useWeights":
      if (run) await useWeights(modelOfRun(run, task), weightsOf(run), await context.start());
      return;
    case "resume":
      if (run) await resume(run, context);
      if (sweep) await resumeSweep(sweep, context);
      return;
    case "showSweep":
      if (sweep) context.panels.sweep.show(sweep.toString());
      return;
    case "showDashboard":
      await vscode.commands.executeCommand("quantlens.showTrainingDashboard", run?.folder);
      return;
    case "showTerminal":
      (await context.runner.terminalOf(task))?.show();
  }
}

function modelOfRun(run: Run, { definition, cwd }: EndedTask): vscode.Uri {
  return vscode.Uri.file(definition.model === undefined ? run.modelFile : path.resolve(cwd, definition.model));
}

function exitText(exitCode: number | undefined): string {
  return exitCode === undefined ? "no exit code: it was terminated" : `exit code ${exitCode}`;
}
