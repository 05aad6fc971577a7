/** Keys of the store: two stages with the same key come to the same result, to the bit. */
import { statSync } from "node:fs";
import path from "node:path";
import type { DataDefinition } from "../../../shared/dsl/definition.js";
import { dataRequest } from "../../data/request.js";
import { digest } from "../../train/checkpoint/fingerprint.js";
import { folderOf, type TrainableModel } from "../../train/model.js";
import type { TrainProgram } from "../../train/program.js";
import type { StagePlan } from "../../train/run/plan.js";
import { firstSeed } from "../../train/run/run.js";
import type { SweepSettings } from "../folder/manifest.js";

const folderFiles = ["x", "y", "x_test", "y_test"].flatMap((name) => [`${name}.npy`, `${name}.csv`]);

/** Goes up when the same stage would come to another result, or keep it in another way. */
const storeFormat = 1;

type KeyedModel = Pick<TrainableModel, "file" | "definition" | "program" | "fingerprint" | "baseline">;

/**
 * A key for each stage of a recipe: SHA-256 over everything that determines what it comes to. That is the network with its
 * initial values, all stages up to this one, the data, the seed, the backend, and this program's version.
 */
export function stageKeys(
  model: KeyedModel,
  stages: readonly StagePlan[],
  settings: SweepSettings,
  tool: string,
): readonly string[] {
  const { backend, flavor, limitFrames, untilAccuracy, validation } = settings;
  let key = digestOf({
    storeFormat,
    tool,
    network: [model.fingerprint, startOf(model.program)],
    baseline: model.baseline,
    data: dataIdentity(model, settings.data),
    seed: firstSeed(settings, model),
    settings: { backend, flavor, limitFrames, untilAccuracy, validation },
  });
  return stages.map((stage) => (key = digestOf([key, stage])));
}

function digestOf(value: unknown): string {
  return digest(JSON.stringify(value));
}

/** How each parameter starts, which the fingerprint leaves out. Values are written as lists. */
function startOf({ parameters }: TrainProgram): unknown {
  return parameters.map(({ init }) => (init.kind === "values" ? [...init.values] : init));
}

/** What is asked for, and for files on the disk their sizes and times: reading 20 GB for a digest would take minutes. */
function dataIdentity({ definition, file }: KeyedModel, override: string | undefined): unknown {
  const asked = withoutOrigin(definition.data);
  const request = dataRequest(definition.data, {
    folder: folderOf({ file }),
    ...(override !== undefined && { override }),
  });
  switch (request.kind) {
    case "synthetic":
      return { asked, override };
    case "radioml2018":
      return { asked, files: [stateOf(request.file)] };
    case "folder":
      return { asked, files: folderFiles.map((name) => stateOf(path.join(request.folder, name))) };
  }
}

function withoutOrigin(data: DataDefinition | undefined): unknown {
  return data && { source: data.source, options: data.options };
}

/** `null` for a file that is not there: opening the data says so. */
function stateOf(file: string): unknown {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? { file, bytes: stats.size, time: stats.mtimeMs } : null;
}
