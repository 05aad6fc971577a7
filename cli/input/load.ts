/** From a file that the user named to what is known about the model in it. */
import path from "node:path";
import { analyzeEvaluation, analyzeOnnx } from "../../shared/analysis/analyze.js";
import type { Analysis, AnalysisOptions } from "../../shared/analysis/types.js";
import { MAX_ONNX_BYTES } from "../../shared/onnx/read.js";
import { evaluateModel, type Evaluation, type SourceHost } from "../../shared/sandbox/evaluate.js";
import { readPth } from "../../shared/weights/pth/read.js";
import { readSafetensors } from "../../shared/weights/safetensors.js";
import type { WeightSet } from "../../shared/weights/types.js";
import { readWeightsFromOnnx } from "../../shared/weights/weights-from-onnx.js";
import { CliError } from "../errors.js";
import type { ModelOptions, RunOptions } from "../options.js";
import { existingFile, inputKind, readInput } from "./files.js";
import { filesOnDisk, runnerFor } from "./host.js";
import { loadOnnx } from "./onnx.js";

/** A model file that is not done by then is taken to be in an endless loop. */
export const evaluationLimits = { deadlineMs: 10_000, memoryMb: 256 };

/** Everything about a file. A model file that does not run gives an analysis without a graph. */
export async function loadAnalysis(file: string, options: ModelOptions, analysis: AnalysisOptions): Promise<Analysis> {
  if (inputKind(file) === "onnx") return analyzeOnnx(loadOnnx(file), analysis);
  const weights = options.weights === undefined ? undefined : loadWeights(options.weights);
  return analyzeEvaluation(await evaluateFile(file, options), analysis, weights);
}

/** Runs a model file. `source` is where it and its imports are read. */
export async function evaluateFile(
  file: string,
  { run, param = {} }: RunOptions,
  source: SourceHost = filesOnDisk,
): Promise<Evaluation> {
  const entry = existingFile(file);
  const host = { ...source, runner: runnerFor(run) };
  const evaluation = await evaluateModel(entry, host, { ...evaluationLimits, parameters: param });
  const known = evaluation.definition?.parameters.map(({ name }) => name);
  const unknown = known && Object.keys(param).find((name) => !known.includes(name));
  if (known === undefined || unknown === undefined) return evaluation;
  const names = known.length === 0 ? "it has none" : `its parameters are ${known.join(", ")}`;
  throw new CliError(`${file} has no parameter "${unknown}": ${names}.`);
}

/** Trained weights by the file's extension. Throws a `CliError` if there are none in it. */
export function loadWeights(file: string): WeightSet {
  const extension = path.extname(file).toLowerCase();
  switch (extension) {
    case ".onnx":
      return { ...readWeightsFromOnnx(loadOnnx(file)), source: file };
    case ".safetensors":
    case ".pth":
    case ".pt": {
      const read = extension === ".safetensors" ? readSafetensors : readPth;
      const { value, problems } = read(readInput(file, MAX_ONNX_BYTES));
      if (value === undefined) throw new CliError(problems.map(({ message }) => `${file}: ${message}`).join("\n"));
      return { ...value, source: file };
    }
    default:
      throw new CliError(`${file} holds no weights that can be read: choose an .onnx, .safetensors or .pth file.`);
  }
}
