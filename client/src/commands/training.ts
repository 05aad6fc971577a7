/** Train, prune, fine-tune, resume and stop: asks what is needed, then runs a task. */
import path from "node:path";
import * as vscode from "vscode";
import type { RecipeStageRecord } from "../../../shared/messages.js";
import type { QuantLensTask } from "../tasks/definition.js";
import { canResume, findRuns, type Run } from "../tasks/runs.js";
import { pathInTask, pathsInTask } from "../tasks/task.js";
import { mayStart } from "../trust.js";
import { pickWeights } from "../weights.js";
import { modelOf, type CommandContext } from "./context.js";
import { openModel } from "./open-model.js";
import { startTask } from "./start-task.js";

/** What a quick try is limited to: enough to see loss fall, little enough to be over in a minute. */
const quickTry = { data: "synthetic:framesPerClassAndSnr=16", epochs: 1, limitFrames: 2000 };

interface TrainItem extends vscode.QuickPickItem {
  readonly task?: Omit<QuantLensTask, "type" | "command" | "model">;
  readonly browse?: true;
}

/** Asks on which data, or which run to go on with, and trains. */
export async function trainModel(argument: unknown, context: CommandContext): Promise<void> {
  const model = await startableModel("Training", argument, context);
  if (model === undefined) return;
  const folder = vscode.workspace.getWorkspaceFolder(model);
  const runs = (await findRuns()).filter((run) => run.modelFile === model.fsPath && canResume(run));
  const items: TrainItem[] = [
    { label: "$(play) Run the recipe", description: "on the data that the model file names", task: {} },
    { label: "$(zap) Quick try", description: "one epoch of 2,000 generated frames", task: quickTry },
    { label: "$(beaker) Run the recipe on generated frames", task: { data: "synthetic" } },
    { label: "$(folder-opened) Run the recipe on a data file ...", browse: true },
    ...runs.map((run): TrainItem => resumeItem(run, pathInTask(run.folder, folder))),
  ];
  const name = path.basename(model.fsPath);
  const picked = await vscode.window.showQuickPick(items, { title: `Train ${name}`, matchOnDescription: true });
  const data = picked?.browse === true ? await browseData() : undefined;
  if (picked === undefined || (picked.browse === true && data === undefined)) return;
  const task = { ...picked.task, ...(data && { data: pathInTask(data, folder) }) };
  await context.runner.start(
    { type: "quantlens", command: "train", model: pathInTask(model, folder), ...task },
    folder,
  );
}

/** Asks for the prune stage and the weights to begin with. */
export async function pruneModel(argument: unknown, context: CommandContext): Promise<void> {
  await runStage("prune", "Pruning", argument, context);
}

/** Asks for the stage whose training options are taken, and the weights to begin with. */
export async function finetuneModel(argument: unknown, context: CommandContext): Promise<void> {
  await runStage("finetune", "Fine-tuning", argument, context);
}

/** Goes on with a run that was ended before it was done. */
export async function resumeRun(context: CommandContext): Promise<void> {
  if (!(await mayStart("Training"))) return;
  const runs = (await findRuns()).filter(canResume);
  if (runs.length === 0) {
    void vscode.window.showInformationMessage("There is no run here that was ended before it was done.");
    return;
  }
  const items = runs.map((run) => ({ ...resumeItem(run, vscode.workspace.asRelativePath(run.folder)), run }));
  const picked = await vscode.window.showQuickPick(items, {
    title: "Which run should go on?",
    matchOnDescription: true,
  });
  if (picked !== undefined) await resume(picked.run, context);
}

/** Goes on with a run, in the workspace folder of its model. */
export async function resume(run: Run, { runner }: CommandContext): Promise<void> {
  const model = vscode.Uri.file(run.modelFile);
  const folder = vscode.workspace.getWorkspaceFolder(model) ?? vscode.workspace.getWorkspaceFolder(run.folder);
  const definition = pathsInTask({ model, resume: run.folder }, folder);
  await runner.start({ type: "quantlens", command: "train", ...definition }, folder);
}

/** Ends a task as Ctrl-C does; asks which one when several are running. */
export async function stopRun({ runner }: CommandContext): Promise<void> {
  const items = runner.tasks().map((task) => ({ label: task.name, task }));
  const picked =
    items.length > 1 ? await vscode.window.showQuickPick(items, { title: "Which one should be stopped?" }) : items[0];
  if (picked !== undefined) await runner.stop(picked.task);
}

async function runStage(
  command: "prune" | "finetune",
  what: string,
  argument: unknown,
  context: CommandContext,
): Promise<void> {
  const model = await startableModel(what, argument, context);
  if (model === undefined) return;
  const session = await context.start();
  const setup = await openModel(model, session, "quantlens/modelSetup");
  if (setup === null) return;
  const stages = setup.stages.filter(({ kind }) => command === "finetune" || kind === "prune");
  const stage = await pickStage(stages, setup.name, command);
  if (stage === undefined) return;
  const from = await pickWeights(`${what} begins with which weights?`, model, session);
  if (from === undefined) return;
  const folder = vscode.workspace.getWorkspaceFolder(model);
  const paths = pathsInTask({ model, from }, folder);
  await startTask({ command, ...paths, stage: stage.position }, model, context);
}

async function pickStage(
  stages: readonly RecipeStageRecord[],
  model: string,
  command: "prune" | "finetune",
): Promise<RecipeStageRecord | undefined> {
  if (stages.length === 0) {
    const missing =
      command === "prune" ? "prune stage: add prune({ target: { sparsity: 0.5 } })" : "stage: add train()";
    void vscode.window.showWarningMessage(`The recipe of ${model} has no ${missing} to its recipe.`);
    return undefined;
  }
  if (stages.length === 1) return stages[0];
  const items = stages.map((stage) => ({ label: stage.name, description: `stage ${stage.position}`, stage }));
  return (await vscode.window.showQuickPick(items, { title: `Which stage of the recipe of ${model}?` }))?.stage;
}

function resumeItem({ status }: Run, folder: string): TrainItem {
  const description = status ?? "was ended without a word";
  return { label: `$(debug-continue) Go on with ${folder}`, description, task: { resume: folder } };
}

/** The model of a command that starts a program; `undefined` when there is none or it may not. */
export async function startableModel(
  what: string,
  argument: unknown,
  context: CommandContext,
): Promise<vscode.Uri | undefined> {
  if (!(await mayStart(what))) return undefined;
  const model = await modelOf(argument, context);
  if (model === undefined || !(await mayStart(what, model))) return undefined;
  // The program reads the file: what is only in the editor would not be trained.
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === model.toString());
  if (document?.isDirty === true && !(await document.save())) return undefined;
  return model;
}

/** Asks for a data file. */
export async function browseData(): Promise<vscode.Uri | undefined> {
  const filters = { "HDF5 files": ["hdf5", "h5"], "All files": ["*"] };
  return (await vscode.window.showOpenDialog({ title: "Which data file?", filters, openLabel: "Use Data" }))?.[0];
}
