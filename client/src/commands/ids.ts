/** Every command that the extension implements; all but the internal ones are in the manifest. */
import { clientCommands } from "../../../shared/command-messages.js";

/** In the command palette and in menus. */
export const publicCommands = [
  "quantlens.newProject",
  clientCommands.train,
  clientCommands.prune,
  "quantlens.finetune",
  "quantlens.evaluate",
  clientCommands.export,
  "quantlens.packageSubmission",
  "quantlens.runSweep",
  "quantlens.generateData",
  "quantlens.resumeRun",
  "quantlens.stopRun",
  "quantlens.showCostExplorer",
  "quantlens.showTrainingDashboard",
  "quantlens.showSweep",
  "quantlens.showModelGraph",
  "quantlens.compareWith",
  "quantlens.copyCostJson",
  "quantlens.openInNetron",
  clientCommands.selectWeights,
  "quantlens.selectParameters",
  "quantlens.selectProfile",
  "quantlens.openWalkthrough",
  "quantlens.restartServer",
  "quantlens.showLog",
] as const;

/** Called by lenses, hints and the status bar only. */
export const internalCommands = [clientCommands.revealRange, clientCommands.openOnnx, "quantlens.showActions"] as const;

export type CommandId = (typeof publicCommands)[number] | (typeof internalCommands)[number];

/** What a command does with its argument: nothing from the palette, a URI from a menu, a record from a lens. */
export type CommandHandler = (argument?: unknown) => unknown;
