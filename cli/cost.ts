/** `quantlens cost`: what models cost. */
import path from "node:path";
import { defaultAnalysisOptions } from "../shared/analysis/analyze.js";
import type { Analysis } from "../shared/analysis/types.js";
import { baselines } from "../shared/cost/baselines.js";
import { computeCost } from "../shared/cost/cost.js";
import { netronAttachment } from "../shared/cost/netron.js";
import { score } from "../shared/cost/score.js";
import { CliError, exitCodes } from "./errors.js";
import { inputKind } from "./input/files.js";
import { loadAnalysis } from "./input/load.js";
import { loadOnnx } from "./input/onnx.js";
import type { CostCommandOptions, ModelOptions } from "./options.js";
import { costJson } from "./output/cost-json.js";
import { costTable } from "./output/cost-table.js";
import type { CostedModel } from "./output/cost-layers.js";
import { findingsOf, shownPath, type Finding } from "./output/findings.js";
import { colorsFor, writeMessage, writeResult } from "./output/streams.js";

/** Prints the cost of each file; gives the exit code. */
export async function cost(files: readonly string[], options: CostCommandOptions): Promise<number> {
  if (options.format === "netron" && files.length > 1) {
    throw new CliError("--format netron makes one attachment: name one file.");
  }
  const models: CostedModel[] = [];
  for (const file of files) models.push(await costedModel(file, options));
  writeResult(render(models, options));
  return exitCodes.clean;
}

/** The cost of a file's model. Throws a `CliError` when there is no model in it. */
export async function costedModel(file: string, options: ModelOptions): Promise<CostedModel> {
  return inputKind(file) === "onnx" ? costedOnnx(file, options) : costedModelFile(file, options);
}

/** No rule is asked here: only the price. */
async function costedOnnx(file: string, { flavor, sparsity }: ModelOptions): Promise<CostedModel> {
  const graph = await loadOnnx(file);
  const report = computeCost(graph, { flavor, discountSparsity: sparsity });
  const baseline = baselines.itu2021;
  return { file: shownPath(path.resolve(file)), graph, cost: report, baseline, score: score(report.totals, baseline) };
}

async function costedModelFile(file: string, options: ModelOptions): Promise<CostedModel> {
  const { flavor, sparsity: discountSparsity } = options;
  const analysis = await loadAnalysis(file, options, { ...defaultAnalysisOptions, flavor, discountSparsity });
  return costedAnalysis(shownPath(path.resolve(file)), analysis);
}

/** The cost of an analysed model file. Throws a `CliError` with what was found when it did not run. */
export function costedAnalysis(file: string, analysis: Analysis): CostedModel {
  const { graph, cost: report, baseline, weights } = analysis;
  if (graph === undefined || report === undefined) {
    throw new CliError(findingsOf(file, analysis).map(sentence).join("\n"));
  }
  for (const mismatch of weights?.mismatches ?? []) writeMessage(mismatch);
  return { file, graph, cost: report, baseline, score: score(report.totals, baseline), ...(weights && { weights }) };
}

function sentence({ file, range, message }: Finding): string {
  return range ? `${file}:${range.start.line}:${range.start.column}: ${message}` : `${file}: ${message}`;
}

function render(models: readonly CostedModel[], { format, breakdown }: CostCommandOptions): string {
  switch (format) {
    case "json":
      return costJson(models, breakdown);
    case "netron":
      return models
        .map(({ cost: report, graph }) => JSON.stringify(netronAttachment(report, graph), undefined, 2))
        .join("");
    case "table": {
      const colors = colorsFor(process.stdout);
      return models.map((model) => costTable(model, breakdown, colors)).join("\n");
    }
  }
}
