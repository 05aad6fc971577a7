/** Opens the data that a model is trained on or evaluated with. */
import path from "node:path";
import type { DataDefinition } from "../../shared/dsl/definition.js";
import type { Shape } from "../../shared/graph/graph.js";
import { CliError } from "../errors.js";
import type { Dataset } from "./dataset.js";
import { frameDataset } from "./frames/dataset.js";
import { openFolder } from "./folder/folder.js";
import { radiomlFramesPerGroup } from "./frames/grid.js";
import type { SampleReader } from "./frames/subset.js";
import type { SplitOptions } from "./frames/split.js";
import { openFrames } from "./hdf5/open-frames.js";
import { dataRequest, type DataRequest } from "./request.js";
import { syntheticName, syntheticReader } from "./synthetic/source.js";

export interface OpenOptions {
  /** Folder of the model file: its relative paths start there. */
  readonly folder: string;
  /** `--data`: `synthetic`, `synthetic:framesPerClassAndSnr=16,seed=3`, an HDF5 file, a folder. */
  readonly override?: string;
  /** At most so many samples, training and test together: an even share of every class and SNR. */
  readonly limitFrames?: number;
  /** What the model takes, one sample; checked, and the shape of the rows of a CSV file. */
  readonly sampleShape?: Shape;
  /**
   * What the model tells apart. A model with as many outputs as `modClasses` names gets these numbered from 0, in the data
   * set's order; otherwise every modulation keeps its number among all 24.
   */
  readonly classCount?: number;
}

/** Opens a model file's data, or what `override` says in its place. Throws a `CliError` of one sentence. */
export async function openDataset(definition: DataDefinition | undefined, options: OpenOptions): Promise<Dataset> {
  const dataset = await openRequest(dataRequest(definition, options), options);
  const problem = misfit(dataset, options);
  if (problem === undefined) return dataset;
  await dataset.close();
  throw new CliError(problem);
}

async function openRequest(request: DataRequest, options: OpenOptions): Promise<Dataset> {
  switch (request.kind) {
    case "synthetic": {
      const { spec, split } = request;
      const set = { name: syntheticName(spec), framesPerGroup: spec.framesPerClassAndSnr, split };
      return frames(syntheticReader(spec), set, options);
    }
    case "radioml2018": {
      const { description, reader } = await openFrames(request.file);
      const { framesPerGroup } = description;
      return frames(
        reader,
        { name: fileName(request.file, framesPerGroup), framesPerGroup, split: request.split },
        options,
      );
    }
    case "folder":
      return openFolder(request.folder, { ...request.options, ...options });
  }
}

function frames(
  reader: SampleReader,
  set: { readonly name: string; readonly framesPerGroup: number; readonly split: SplitOptions },
  { limitFrames, classCount }: OpenOptions,
): Dataset {
  return frameDataset(reader, {
    ...set,
    ...(limitFrames !== undefined && { limitFrames }),
    compactClasses: set.split.modulations?.size === classCount,
  });
}

/** For reports: only the full set is RadioML, as far as its size tells. */
function fileName(file: string, framesPerGroup: number): string {
  if (framesPerGroup === radiomlFramesPerGroup) return "RadioML 2018.01A";
  return `${path.basename(file)}, ${framesPerGroup} frames per class and SNR`;
}

/** Why a data set is of no use to the model, if so. */
function misfit({ name, sampleShape, train, test }: Dataset, { sampleShape: wanted }: OpenOptions): string | undefined {
  if (wanted !== undefined && wanted.join() !== sampleShape.join()) {
    return `The model takes samples of shape (${wanted.join(", ")}) and those of ${name} are (${sampleShape.join(", ")}): use data of the model's shape, or change the model's input.`;
  }
  if (train.size > 0 && test.size > 0) return undefined;
  const empty = train.size === 0 ? "training" : "test";
  return `The ${empty} part of ${name} is empty: use more samples per class and SNR, or weaker filters.`;
}
