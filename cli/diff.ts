/** `quantlens diff`: how the cost changes from one model to another. */
import path from "node:path";
import { analyzeEvaluation, defaultAnalysisOptions } from "../shared/analysis/analyze.js";
import { costedModel } from "./cost.js";
import { CliError, exitCodes } from "./errors.js";
import { existingFile, inputKind } from "./input/files.js";
import { headCommit } from "./input/git.js";
import { filesOfCommit } from "./input/host.js";
import { evaluateFile, loadWeights } from "./input/load.js";
import { costedAnalysis } from "./input/model-cost.js";
import type { DiffCommandOptions } from "./options.js";
import type { CostedModel } from "../shared/analysis/cost-layers.js";
import { diffModels } from "./output/diff-models.js";
import { diffJson, diffTable } from "./output/diff-report.js";
import { reportGuesses } from "./output/guesses.js";
import { shownPath } from "./output/paths.js";
import { resultColors, writeMessage, writeResult } from "./output/streams.js";

/** Prints the differences between two files, or between a model file's last commit and the file; gives the exit code. */
export async function diff(a: string, b: string | undefined, options: DiffCommandOptions): Promise<number> {
  if (b === undefined && inputKind(a) === "onnx") {
    throw new CliError(`${a} is an ONNX file, and only a model file is compared with git: name a second file.`);
  }
  const after = await costedModel(b ?? a, options);
  const before = b === undefined ? await costedHead(a, options) : await costedModel(a, options);
  const difference = diffModels(before, after);
  writeResult(options.format === "json" ? diffJson(difference) : diffTable(difference, resultColors()));
  reportGuesses(before);
  const code = reportGuesses(after);
  if (options.maxScore === undefined || after.score <= options.maxScore) return code;
  writeMessage(
    `quantlens: ${after.file} scores ${after.score}, which is above the ${options.maxScore} of --max-score.`,
  );
  return exitCodes.findings;
}

/** A model file, and what it imports, as the last commit has them. */
async function costedHead(file: string, options: DiffCommandOptions): Promise<CostedModel> {
  const entry = existingFile(file);
  const commit = await headCommit(entry);
  if ((await commit.readFile(entry)) === undefined) {
    throw new CliError(`${file} is not in the last commit (${commit.hash}): there is nothing to compare it with.`);
  }
  const evaluation = await evaluateFile(entry, options, filesOfCommit(commit));
  const { flavor, sparsity: discountSparsity } = options;
  const weights = options.weights === undefined ? undefined : loadWeights(options.weights);
  const analysis = analyzeEvaluation(evaluation, { ...defaultAnalysisOptions, flavor, discountSparsity }, weights);
  return costedAnalysis(`${shownPath(path.resolve(file))} (${commit.hash})`, analysis);
}
