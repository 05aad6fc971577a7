/** `quantlens import`: weights of another program as a checkpoint of a model file. */
import { CliError, exitCodes } from "../errors.js";
import { checkPlaces, writeFileAtomic } from "../output/atomic-file.js";
import { shownPath } from "../output/paths.js";
import { writeMessage, writeResult } from "../output/streams.js";
import { table } from "../output/table.js";
import type { RunOptions } from "../options.js";
import { checkpointFormat, encodeCheckpoint, type CheckpointMeta } from "../train/checkpoint/checkpoint.js";
import { loadTrainableModel } from "../train/model.js";
import { loadNetwork, type LoadedNetwork } from "./load-network.js";
import type { ParameterMatch } from "./match.js";

export interface ImportOptions extends RunOptions {
  /** The file with the weights. */
  readonly from: string;
  /** The checkpoint to write. */
  readonly output: string;
  /** Overwrite it. */
  readonly force: boolean;
}

/** Writes the checkpoint and prints which tensor became which; gives the exit code. */
export async function importWeights(file: string, options: ImportOptions, version: string): Promise<number> {
  const { from, output, force } = options;
  if (!output.endsWith(".safetensors")) {
    throw new CliError(`${output} cannot be the checkpoint: its name must end with .safetensors.`);
  }
  checkPlaces([output], { force });
  const { program, fingerprint, sha256, definition, file: entry } = await loadTrainableModel(file, options);
  const network = loadNetwork(from, program);
  const meta: CheckpointMeta = {
    format: checkpointFormat,
    tool: `quantlens ${version}`,
    model: { name: definition.name, file: shownPath(entry), sha256 },
    fingerprint,
    collected: Object.fromEntries(network.collected),
  };
  const { parameters, masks } = network;
  writeFileAtomic(output, encodeCheckpoint(program, { meta, parameters, masks, buffers: new Map() }));
  writeResult(mapping(network).join("\n"));
  for (const warning of warnings(network)) writeMessage(warning);
  writeMessage(`${output}: ${parameters.size} tensors of ${from} for ${shownPath(entry)}.`);
  return exitCodes.clean;
}

function mapping({ matches }: LoadedNetwork): readonly string[] {
  return table<ParameterMatch>(
    [
      { title: "model", align: "left", shorten: "middle", cell: ({ parameter }) => parameter.name },
      { title: "shape", align: "left", spare: 1, cell: ({ parameter }) => parameter.shape.join("×") || "scalar" },
      { title: "file", align: "left", shorten: "middle", cell: ({ candidate }) => candidate.name },
    ],
    matches,
  );
}

function warnings({ matches }: LoadedNetwork): readonly string[] {
  const empty = matches.filter(
    ({ parameter, candidate }) => parameter.kind === "weight" && candidate.data.every((value: number) => value === 0),
  );
  return empty.map(
    ({ parameter }) => `All weights of "${parameter.name}" are 0: nothing passes the layer; check the training.`,
  );
}
