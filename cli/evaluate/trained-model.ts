/** A model file with its trained weights in a session, beside the data that it is judged by. */
import { CliError } from "../errors.js";
import type { Dataset } from "../data/dataset.js";
import { openDataset } from "../data/open.js";
import { endRunner } from "../input/host.js";
import { loadNetwork, type LoadedNetwork } from "../import/load-network.js";
import type { Backend, Session } from "../train/backend.js";
import { folderOf, loadTrainableModel, type TrainableModel } from "../train/model.js";
import { usableBackend } from "../train/run/backends.js";
import { putNetwork } from "../train/run/network.js";
import type { TrainedOptions } from "./options.js";

export interface TrainedModel {
  readonly model: TrainableModel;
  readonly network: LoadedNetwork;
  readonly backend: Backend;
}

/** Runs the model file and reads its weights. Throws a `CliError` that names the tensors which do not fit. */
export async function loadTrainedModel(file: string, options: TrainedOptions): Promise<TrainedModel> {
  const model = await loadTrainableModel(file, options);
  await endRunner(options.run);
  const network = loadNetwork(options.weights, model.program);
  return { model, network, backend: await usableBackend(options.backend) };
}

/** A session for predictions with the trained weights. `rounding` false: its quantisers only clamp. */
export async function openTrainedSession(
  { model, network, backend }: TrainedModel,
  { batchSize, threads, rounding = true }: { batchSize: number; threads?: number | undefined; rounding?: boolean },
): Promise<Session> {
  const session = await backend.open(model.program, {
    ...{ batchSize, rounding, inferenceOnly: true },
    ...(threads !== undefined && { threads }),
  });
  putNetwork(session, network);
  return session;
}

/** The data set of the model file or of `--data`, or a part of it. Throws a `CliError` when the network has no output for a class of it. */
export async function openTestData(
  { model }: TrainedModel,
  override: string | undefined,
  limitFrames?: number,
): Promise<Dataset> {
  const dataset = await openDataset(model.definition.data, {
    folder: folderOf(model),
    sampleShape: model.definition.inputShape.slice(1),
    classCount: model.classes,
    ...(override !== undefined && { override }),
    ...(limitFrames !== undefined && { limitFrames }),
  });
  const label = dataset.test.labels.find((each) => each >= model.classes);
  if (label === undefined) return dataset;
  await dataset.close();
  const name = dataset.classes[label] ?? String(label);
  throw new CliError(
    `The model has ${model.classes} outputs and ${dataset.name} has ${dataset.classes.length} classes, so there is no output for ${name}: choose data with the model's classes, or give the last layer more outputs.`,
  );
}
