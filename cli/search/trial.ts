/** Trains a network of chosen widths for a while: that it keeps the accuracy is not predicted but seen. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { RecipeStage } from "../../shared/dsl/definition.js";
import { CliError } from "../errors.js";
import { makeFolder } from "../output/atomic-file.js";
import { isShaped, isWord, parseJson } from "../train/checkpoint/guards.js";
import type { StageRecord } from "../train/checkpoint/state.js";
import type { TrainableModel } from "../train/model.js";
import { runFiles } from "../train/run/folder.js";
import { InterruptedError } from "../train/run/interrupt.js";
import { planRecipe } from "../train/run/plan.js";
import type { RunReport } from "../train/run/report.js";
import { executeRun } from "../train/run/run.js";
import type { RunSettings } from "../train/run/settings.js";

export interface TrialParts {
  readonly version: string;
  readonly signal: AbortSignal;
}

/** The model with the fine-tuning of a search in place of its recipe: the last training's options, for `epochs` epochs. */
export function withShortRecipe(model: TrainableModel, epochs: number): TrainableModel {
  const last = planRecipe(model.definition, {}).findLast(({ training }) => training !== undefined)?.training;
  if (last === undefined) {
    throw new CliError(`The recipe of ${model.definition.name} trains nothing: add train({ epochs: 20 }) to it.`);
  }
  const { batchSize, optimizer, labelSmoothing, clipNorm } = last;
  const stage: RecipeStage = {
    kind: "train",
    epochs,
    batchSize,
    optimizer,
    // Down to nothing at the end, so that the last epoch's weights are settled.
    schedule: { kind: "cosineWarmRestarts", options: { t0: epochs } },
    options: { labelSmoothing, ...(clipNorm !== undefined && { clipNorm }), name: "fine-tune" },
  };
  return { ...model, definition: { ...model.definition, recipe: [stage] } };
}

/**
 * Runs stages in a folder, or goes on with them; what was over before is read. Gives the last stage's record. Throws an
 * `InterruptedError` when it is interrupted, a `CliError` when it cannot run.
 */
export async function runIn(
  folder: string,
  model: TrainableModel,
  settings: RunSettings,
  { version, signal }: TrialParts,
): Promise<StageRecord | undefined> {
  const known = readReport(folder);
  if (known !== undefined) return known.stages.at(-1);
  const { report, message } = await executeRun({
    folder,
    claim: () => {
      makeFolder(folder);
    },
    settings,
    file: model.file,
    model,
    resumed: existsSync(path.join(folder, runFiles.manifest)),
    version,
    signal,
  });
  if (report.status === "interrupted") throw new InterruptedError("the search was interrupted");
  if (report.status === "failed") throw new CliError(message ?? `The training in ${folder} failed.`);
  return report.stages.at(-1);
}

/** The report of a run that is over; a network that diverged is no network. */
function readReport(folder: string): RunReport | undefined {
  const file = path.join(folder, runFiles.report);
  if (!existsSync(file)) return undefined;
  const isOver = isShaped<Pick<RunReport, "status">>({ status: isWord(["done", "missed", "diverged"]) });
  const text = readFileSync(file, "utf8");
  return parseJson(text, isOver) === undefined ? undefined : (JSON.parse(text) as RunReport);
}
