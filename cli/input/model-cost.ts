/** The cost of a model file. */
import path from "node:path";
import { defaultAnalysisOptions } from "../../shared/analysis/analyze.js";
import type { Analysis } from "../../shared/analysis/types.js";
import { score } from "../../shared/cost/score.js";
import { CliError } from "../errors.js";
import type { ModelOptions } from "../options.js";
import type { CostedModel } from "../../shared/analysis/cost-layers.js";
import { findingsOf, guessesOf, type Finding } from "../output/findings.js";
import { shownPath } from "../output/paths.js";
import { writeMessage } from "../output/streams.js";
import { loadAnalysis } from "./load.js";

/** Runs a model file and costs its model. Throws a `CliError` when there is none. */
export async function costedModelFile(file: string, options: ModelOptions): Promise<CostedModel> {
  const { flavor, sparsity: discountSparsity } = options;
  const analysis = await loadAnalysis(file, options, { ...defaultAnalysisOptions, flavor, discountSparsity });
  return costedAnalysis(shownPath(path.resolve(file)), analysis);
}

/** The cost of an analysed model file. Throws a `CliError` with what was found when it did not run. */
export function costedAnalysis(file: string, analysis: Analysis): CostedModel {
  const { graph, cost, baseline, weights } = analysis;
  if (graph === undefined || cost === undefined) {
    throw new CliError(findingsOf(file, analysis).map(sentence).join("\n"));
  }
  for (const mismatch of weights?.mismatches ?? []) writeMessage(mismatch);
  const guesses = guessesOf(file, analysis).map(sentence);
  return {
    file,
    graph,
    cost,
    baseline,
    score: score(cost.totals, baseline),
    ...(weights && { weights }),
    ...(guesses.length > 0 && { guesses }),
  };
}

function sentence({ file, range, message }: Finding): string {
  return range ? `${file}:${range.start.line}:${range.start.column}: ${message}` : `${file}: ${message}`;
}
