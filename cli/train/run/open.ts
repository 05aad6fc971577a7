/** Opens everything that a run needs, and finds out what is wrong with it, before the run's folder is touched. */
import type { Dataset, Subset } from "../../data/dataset.js";
import { openDataset } from "../../data/open.js";
import { CliError } from "../../errors.js";
import { endRunner } from "../../input/host.js";
import { shownPath } from "../../output/paths.js";
import type { Backend } from "../backend.js";
import { folderOf, loadTrainableModel, type TrainableModel } from "../model.js";
import { usableBackend } from "./backends.js";
import type { RunData } from "./context.js";
import { planFinetuning, planPruning, planRecipe, type StagePlan } from "./plan.js";
import type { RunSettings } from "./settings.js";
import { openTeacher, type Teacher } from "./teacher.js";
import { loadStart, type StartNetwork } from "./trainee.js";
import { holdOut } from "./validation.js";

export interface OpenedRun {
  readonly model: TrainableModel;
  readonly stages: readonly StagePlan[];
  readonly backend: Backend;
  readonly dataset: Dataset;
  readonly data: RunData;
  /** Of the largest training step. */
  readonly batchSize: number;
  /** The weights of `--from`. */
  readonly start?: StartNetwork;
  readonly teacher?: Teacher;
  readonly close: () => Promise<void>;
}

/**
 * Throws a `CliError` when something is missing or does not fit. `needsStart`: false when a checkpoint will be taken up.
 * `loaded`: the model, where it is not what the file says.
 */
export async function openRun(
  file: string,
  settings: RunSettings,
  needsStart: boolean,
  loaded?: TrainableModel,
): Promise<OpenedRun> {
  const model = loaded ?? (await loadTrainableModel(file, settings));
  const stages = planOf(model, settings);
  const batchSize = Math.max(1, ...stages.map(({ training }) => training?.batchSize ?? 0));
  const start = needsStart ? loadStart(settings, model.program) : undefined;
  const backend = await usableBackend(settings.backend);
  const dataset = await openData(model, settings);
  try {
    const teacher = settings.teacher && (await openTeacher(settings.teacher, { backend, settings, batchSize, model }));
    // The models are loaded: their interpreter would lie idle beside the training, with tens of megabytes.
    await endRunner(settings.run);
    return {
      model,
      stages,
      backend,
      dataset,
      data: partsOf(dataset, settings),
      batchSize,
      ...(start && { start }),
      ...(teacher && { teacher }),
      close: async () => {
        await teacher?.close();
        await dataset.close();
      },
    };
  } catch (error) {
    await dataset.close();
    throw error;
  }
}

function planOf({ definition }: TrainableModel, settings: RunSettings): readonly StagePlan[] {
  switch (settings.command) {
    case "train":
      return planRecipe(definition, settings).slice(0, settings.stages);
    case "prune":
      return [planPruning(definition, settings.stage, settings)];
    case "finetune":
      return [planFinetuning(definition, settings.stage, settings)];
  }
}

async function openData(model: TrainableModel, { data, limitFrames }: RunSettings): Promise<Dataset> {
  const dataset = await openDataset(model.definition.data, {
    folder: folderOf(model),
    classCount: model.classes,
    sampleShape: model.program.values[model.program.input]?.shape ?? [],
    ...(data !== undefined && { override: data }),
    ...(limitFrames !== undefined && { limitFrames }),
  });
  const highest = Math.max(highestLabel(dataset.train), highestLabel(dataset.test));
  if (highest < model.classes) return dataset;
  await dataset.close();
  throw new CliError(
    `${dataset.name} has samples of class ${highest} (counted from 0), and ${shownPath(model.file)} tells ${model.classes} classes apart: give the last layer more outputs, or choose other data.`,
  );
}

function highestLabel({ labels }: Subset): number {
  return labels.reduce((highest, label) => Math.max(highest, label), 0);
}

function partsOf({ train, test }: Dataset, { validation }: RunSettings): RunData {
  return { test, ...(validation === undefined ? { train } : holdOut(train, validation)) };
}
