/** The parameters of a model from a file of weights: our checkpoints, and files of other programs. */
import path from "node:path";
import { MAX_ONNX_BYTES } from "../../shared/onnx/read.js";
import { readPth } from "../../shared/weights/pth/read.js";
import { readSafetensors } from "../../shared/weights/safetensors.js";
import type { WeightSet } from "../../shared/weights/types.js";
import { CliError } from "../errors.js";
import { readInput, withInput } from "../input/files.js";
import { loadOnnx } from "../input/onnx.js";
import { decodeCheckpoint, type CheckpointMeta } from "../train/checkpoint/checkpoint.js";
import { constrainWeights } from "../train/constrain.js";
import type { ParameterSpec, TrainProgram } from "../train/program.js";
import { candidatesOf, candidatesOfOnnx, type Candidate } from "./candidates.js";
import { matchParameters, type ParameterMatch } from "./match.js";

export interface LoadedNetwork {
  /** By name, all of the program's. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly masks: ReadonlyMap<string, Uint8Array>;
  /** Training calls of each learned quantiser that count as spent collecting: a loaded threshold is learned on. */
  readonly collected: ReadonlyMap<string, number>;
  /** The optimiser's buffers of a checkpoint. */
  readonly buffers: ReadonlyMap<string, Float32Array>;
  /** Of a checkpoint of ours. */
  readonly meta?: CheckpointMeta;
  /** Of another file: what became what. */
  readonly matches: readonly ParameterMatch[];
}

/**
 * Reads a `.safetensors`, `.pth`, `.pt` or `.onnx` file for a model. Throws a `CliError` that names every tensor that
 * does not fit: the model's without a counterpart, and the file's that are left over.
 */
export function loadNetwork(file: string, program: TrainProgram): LoadedNetwork {
  const extension = path.extname(file).toLowerCase();
  switch (extension) {
    case ".onnx":
      return matched(file, program, candidatesOfOnnx(loadOnnx(file)));
    case ".pth":
    case ".pt":
      return matched(file, program, candidatesOf(weightsOf(file, readPth(readInput(file, MAX_ONNX_BYTES)))));
    case ".safetensors":
      return loadSafetensors(file, program);
    default:
      throw new CliError(`${file} holds no weights that can be read: choose a .safetensors, .pth or .onnx file.`);
  }
}

function loadSafetensors(file: string, program: TrainProgram): LoadedNetwork {
  return withInput(file, MAX_ONNX_BYTES, (source) => {
    const decoded = decodeCheckpoint(program, source);
    switch (decoded.kind) {
      case "checkpoint": {
        const { meta, ...network } = decoded.value;
        for (const [name, values] of network.parameters) requireFinite(file, name, values);
        return { ...network, meta, collected: new Map(Object.entries(meta.collected)), matches: [] };
      }
      case "foreign":
        return matched(file, program, candidatesOf(weightsOf(file, readSafetensors(source))));
      case "unusable":
        throw new CliError(`${file}: ${decoded.message}`);
    }
  });
}

interface ReadResult {
  readonly value: WeightSet | undefined;
  readonly problems: readonly { readonly message: string }[];
}

function weightsOf(file: string, { value, problems }: ReadResult): WeightSet {
  if (value === undefined) throw new CliError(problems.map(({ message }) => `${file}: ${message}`).join("\n"));
  return value;
}

function matched(file: string, program: TrainProgram, candidates: readonly Candidate[]): LoadedNetwork {
  const { matches, missing, left } = matchParameters(program.parameters, candidates);
  if (missing.length > 0 || left.length > 0) throw mismatch(file, missing, left);
  const parameters = new Map<string, Float32Array>();
  for (const { parameter, candidate } of matches) {
    requireFinite(file, candidate.name, candidate.data);
    parameters.set(parameter.name, Float32Array.from(candidate.data));
  }
  constrainWeights(program, parameters);
  return { parameters, masks: new Map(), collected: collectedAll(program), buffers: new Map(), matches };
}

function requireFinite(file: string, name: string, data: Candidate["data"]): void {
  const unusable = data.findIndex((value: number) => !Number.isFinite(value));
  if (unusable < 0) return;
  throw new CliError(
    `${file}: the tensor "${name}" has the value ${String(data[unusable])} at element ${unusable}, where finite numbers are expected; use weights of a training that did not diverge.`,
  );
}

/** Thresholds that were loaded are not searched for again, as in Brevitas. */
export function collectedAll({ quantizers }: TrainProgram): ReadonlyMap<string, number> {
  return new Map(
    quantizers.flatMap(({ name, scale }) => (scale.kind === "learned" ? [[name, scale.collectSteps] as const] : [])),
  );
}

function mismatch(file: string, missing: readonly ParameterSpec[], left: readonly Candidate[]): CliError {
  const list = (tensors: readonly { readonly name: string; readonly shape: readonly number[] }[]) =>
    tensors.map(({ name, shape }) => `"${name}" (${shape.join("×") || "a scalar"})`).join(", ");
  const parts = [
    ...(missing.length > 0 ? [`nothing in it fits ${list(missing)} of the model`] : []),
    ...(left.length > 0 ? [`the model has no place for its ${list(left)}`] : []),
  ];
  return new CliError(`${file} does not fit the model: ${parts.join(", and ")}; choose weights of this architecture.`);
}
