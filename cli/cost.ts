/** `quantlens cost`: what models cost. */
import path from "node:path";
import { baselines } from "../shared/cost/baselines.js";
import { computeCost } from "../shared/cost/cost.js";
import { netronAttachment } from "../shared/cost/netron.js";
import { score } from "../shared/cost/score.js";
import { CliError, exitCodes } from "./errors.js";
import { eachFile } from "./input/each-file.js";
import { inputKind } from "./input/files.js";
import { loadOnnx } from "./input/onnx.js";
import type { CostCommandOptions, ModelOptions } from "./options.js";
import { costJson } from "../shared/analysis/cost-json.js";
import { costTable } from "./output/cost-table.js";
import type { CostedModel } from "../shared/analysis/cost-layers.js";
import { reportGuesses } from "./output/guesses.js";
import { shownPath } from "./output/paths.js";
import { resultColors, writeResult } from "./output/streams.js";

/** Prints the cost of each file; gives the exit code. Throws what is wrong with files after it has costed the others. */
export async function cost(files: readonly string[], options: CostCommandOptions): Promise<number> {
  if (options.format === "netron" && files.length > 1) {
    throw new CliError("--format netron makes one attachment: name one file.");
  }
  const { results: models, finish } = await eachFile(files, (file) => costedModel(file, options));
  if (models.length > 0) writeResult(render(models, files.length > 1, options));
  const code = Math.max(exitCodes.clean, ...models.map(reportGuesses));
  finish();
  return code;
}

/** The cost of a file's model. Throws a `CliError` when there is no model in it. */
export async function costedModel(file: string, options: ModelOptions): Promise<CostedModel> {
  if (inputKind(file) === "onnx") return costedOnnx(file, options);
  // An ONNX file needs neither the sandbox nor the rules: they are loaded for model files only.
  const { costedModelFile } = await import("./models.js");
  return costedModelFile(file, options);
}

/** No rule is asked here: only the price. */
function costedOnnx(file: string, { flavor, sparsity }: ModelOptions): CostedModel {
  const graph = loadOnnx(file);
  const report = computeCost(graph, { flavor, discountSparsity: sparsity });
  const baseline = baselines.itu2021;
  return { file: shownPath(path.resolve(file)), graph, cost: report, baseline, score: score(report.totals, baseline) };
}

/** `several`: more than one file was named, however many could be costed. */
function render(models: readonly CostedModel[], several: boolean, { format, breakdown }: CostCommandOptions): string {
  switch (format) {
    case "json":
      return costJson(models, { several, breakdown });
    case "netron":
      return models
        .map(({ cost: report, graph }) => JSON.stringify(netronAttachment(report, graph), undefined, 2))
        .join("");
    case "table": {
      const colors = resultColors();
      return models.map((model) => costTable(model, breakdown, colors)).join("\n");
    }
  }
}
