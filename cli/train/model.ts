/** From a model file to what is trained: its program, its recipe, and what its cost is measured against. */
import { existsSync } from "node:fs";
import path from "node:path";
import { analyzeEvaluation, defaultAnalysisOptions } from "../../shared/analysis/analyze.js";
import type { Baseline } from "../../shared/cost/types.js";
import type { ModelDefinition } from "../../shared/dsl/definition.js";
import type { Graph } from "../../shared/graph/graph.js";
import type { Evaluation } from "../../shared/sandbox/evaluate.js";
import { CliError } from "../errors.js";
import { existingFile, inputKind, maxModelBytes, readInput } from "../input/files.js";
import { costedAnalysis } from "../input/model-cost.js";
import { evaluateFile } from "../input/load.js";
import type { RunOptions } from "../options.js";
import { guessesOf, type Finding } from "../output/findings.js";
import { shownPath } from "../output/paths.js";
import { digest, fingerprintOf } from "./checkpoint/fingerprint.js";
import { lowerProgram } from "./lower/lower.js";
import type { TrainProgram } from "./program.js";

export interface TrainableModel {
  /** Absolute. */
  readonly file: string;
  readonly sha256: string;
  /** Absolute paths of the files that it imports. */
  readonly imports: readonly string[];
  readonly definition: ModelDefinition;
  readonly graph: Graph;
  readonly program: TrainProgram;
  readonly fingerprint: string;
  readonly baseline: Baseline;
  /** Outputs of the network. */
  readonly classes: number;
}

/**
 * Runs a model file and lowers its network. Throws a `CliError` when the file does not run, when a guess stands in for
 * something that it says, or when a layer cannot be trained.
 */
export async function loadTrainableModel(file: string, options: RunOptions): Promise<TrainableModel> {
  if (inputKind(file) === "onnx") {
    throw new CliError(`${file} is an ONNX file, which has no recipe: name a model file (.ts).`);
  }
  const entry = existingFile(file);
  const sha256 = digest(readInput(entry, maxModelBytes));
  return trainableModelOf(entry, sha256, await evaluateFile(entry, options));
}

/** The same of a model file that has been run. `entry` is its absolute path. */
export function trainableModelOf(entry: string, sha256: string, evaluation: Evaluation): TrainableModel {
  const analysis = analyzeEvaluation(evaluation, defaultAnalysisOptions);
  const { graph, baseline } = costedAnalysis(shownPath(entry), analysis);
  const [guessed] = guessesOf(entry, analysis);
  if (evaluation.definition === undefined || guessed !== undefined) throw new CliError(place(guessed, entry));
  const { value: program, problems } = lowerProgram(graph);
  if (program === undefined)
    throw new CliError(problems.map(({ message }) => `${shownPath(entry)}: ${message}`).join("\n"));
  const classes = program.values[program.output]?.shape[0] ?? 0;
  const { definition, dependencies } = evaluation;
  const imports = dependencies.filter((file) => file !== entry && existsSync(file));
  return {
    file: entry,
    sha256,
    imports,
    definition,
    graph,
    program,
    fingerprint: fingerprintOf(program),
    baseline,
    classes,
  };
}

function place(finding: Finding | undefined, entry: string): string {
  const { range, file = shownPath(entry), message = "the file defines no model." } = finding ?? {};
  return range ? `${file}:${range.start.line}:${range.start.column}: ${message}` : `${file}: ${message}`;
}

/** The folder that relative paths of a model file start from. */
export function folderOf({ file }: Pick<TrainableModel, "file">): string {
  return path.dirname(file);
}
