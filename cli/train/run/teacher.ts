/** The teacher of a distillation: another network that only answers. */
import { CliError } from "../../errors.js";
import { loadNetwork } from "../../import/load-network.js";
import { shownPath } from "../../output/paths.js";
import type { Backend } from "../backend.js";
import { loadTrainableModel, type TrainableModel } from "../model.js";
import { putNetwork } from "./network.js";
import type { RunSettings } from "./settings.js";

export interface Teacher {
  readonly logits: (x: Float32Array, size: number) => Promise<Float32Array>;
  readonly close: () => Promise<void>;
}

/** Opens a teacher. Throws a `CliError` when it cannot teach the model: another input, other classes. */
export async function openTeacher(
  { checkpoint, model: file }: NonNullable<RunSettings["teacher"]>,
  {
    backend,
    settings,
    batchSize,
    model,
  }: {
    readonly backend: Backend;
    readonly settings: RunSettings;
    readonly batchSize: number;
    readonly model: TrainableModel;
  },
): Promise<Teacher> {
  const teacher = await loadTrainableModel(file, { run: settings.run });
  const shapeOf = ({ program }: TrainableModel): string => program.values[program.input]?.shape.join("×") ?? "";
  const describe = (network: TrainableModel): string => `${shapeOf(network)} samples and ${network.classes} classes`;
  if (describe(teacher) !== describe(model)) {
    throw new CliError(
      `The teacher ${shownPath(file)} knows ${describe(teacher)}, and the model has ${describe(model)}: choose a teacher for the same task.`,
    );
  }
  const { threads } = settings;
  const session = await backend.open(teacher.program, { batchSize, threads, inferenceOnly: true });
  putNetwork(session, loadNetwork(checkpoint, teacher.program));
  return { logits: (x, size) => session.predict(x, size), close: () => session.close() };
}
