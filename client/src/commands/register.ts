/** Registers every command of `ids.ts`, each with its handler. */
import * as vscode from "vscode";
import { clientCommands, type RevealRangeArgument } from "../../../shared/command-messages.js";
import { newProject } from "../project.js";
import { modelOf, uriOf, type CommandContext } from "./context.js";
import type { CommandHandler, CommandId } from "./ids.js";
import { openInNetron } from "./netron.js";
import { packageSubmission } from "./packaging.js";
import { openOnnx, showModelGraph } from "./onnx.js";
import { compareWith, copyCostJson, evaluateModel, exportModel, generateData } from "./results.js";
import { runAbout } from "../tasks/runs.js";
import { selectModelParameters, selectModelWeights, selectProfile } from "./selecting.js";
import { runSweep, showSweep } from "./sweeping.js";
import { finetuneModel, pruneModel, resumeRun, stopRun, trainModel } from "./training.js";

export function registerCommands(context: CommandContext): vscode.Disposable {
  const handlers: Readonly<Record<CommandId, CommandHandler>> = { ...programs(context), ...views(context) };
  const registered = Object.entries(handlers).map(([id, handler]) => vscode.commands.registerCommand(id, handler));
  return vscode.Disposable.from(...registered);
}

/** What starts programs. */
function programs(context: CommandContext) {
  return {
    "quantlens.newProject": (argument) => newProject(argument, context),
    [clientCommands.train]: (argument) => trainModel(argument, context),
    [clientCommands.prune]: (argument) => pruneModel(argument, context),
    "quantlens.finetune": (argument) => finetuneModel(argument, context),
    "quantlens.evaluate": (argument) => evaluateModel(argument, context),
    [clientCommands.export]: (argument) => exportModel(argument, context),
    "quantlens.packageSubmission": (argument) => packageSubmission(argument, context),
    "quantlens.runSweep": (argument) => runSweep(argument, context),
    "quantlens.generateData": () => generateData(context),
    "quantlens.resumeRun": () => resumeRun(context),
    "quantlens.stopRun": () => stopRun(context),
    "quantlens.compareWith": (argument) => compareWith(argument, context),
    "quantlens.openInNetron": (argument) => openInNetron(argument),
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

/** What shows or selects something. */
function views(context: CommandContext) {
  return {
    "quantlens.showCostExplorer": async (argument) => {
      const model = await modelOf(argument, context);
      if (model !== undefined) context.panels.explorer.show(model.toString());
    },
    "quantlens.showTrainingDashboard": async (argument) => {
      context.panels.dashboard.show(await runAbout(uriOf(argument)));
    },
    "quantlens.showSweep": (argument) => showSweep(argument, context),
    "quantlens.showModelGraph": (argument) => showModelGraph(argument, context),
    [clientCommands.openOnnx]: openOnnx,
    "quantlens.copyCostJson": async (argument) => {
      const model = await modelOf(argument, context);
      if (model !== undefined) await copyCostJson(model, context);
    },
    [clientCommands.selectWeights]: (argument) => selectModelWeights(argument, context),
    "quantlens.selectParameters": (argument) => selectModelParameters(argument, context),
    "quantlens.selectProfile": (argument) => selectProfile(argument, context),
    "quantlens.openWalkthrough": () => {
      const id = `${context.extension.extension.id}#firstModel`;
      return vscode.commands.executeCommand("workbench.action.openWalkthrough", id, false);
    },
    "quantlens.restartServer": async () => (await context.start()).restart(),
    "quantlens.showLog": () => {
      context.log.show();
    },
    "quantlens.showActions": showActions,
    [clientCommands.revealRange]: revealRange,
  } satisfies Partial<Record<CommandId, CommandHandler>>;
}

async function showActions(): Promise<void> {
  const actions = [
    { label: "$(pie-chart) Show Cost Explorer", command: "quantlens.showCostExplorer" },
    { label: "$(type-hierarchy) Show Model Graph", command: "quantlens.showModelGraph" },
    { label: "$(play) Train...", command: clientCommands.train },
    { label: "$(file-binary) Select Weights...", command: clientCommands.selectWeights },
    { label: "$(symbol-parameter) Select Parameters...", command: "quantlens.selectParameters" },
    { label: "$(checklist) Select Target Profile...", command: "quantlens.selectProfile" },
    { label: "$(output) Show Log", command: "quantlens.showLog" },
    { label: "$(debug-restart) Restart Language Server", command: "quantlens.restartServer" },
  ] satisfies { label: string; command: CommandId }[];
  const picked = await vscode.window.showQuickPick(actions, { title: "QuantLens" });
  if (picked !== undefined) await vscode.commands.executeCommand(picked.command);
}

async function revealRange(argument: unknown): Promise<void> {
  const { uri, range } = argument as RevealRangeArgument;
  const selection = new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
  await vscode.window.showTextDocument(vscode.Uri.parse(uri, true), { selection });
}
