/** The small task of the training tests with parameters, and sweeps over it that end in seconds. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { taskFolder, taskModel } from "../../train/run/testing/task.js";
import type { SweepResults } from "../report/results.js";

/** Trains, then prunes by a share that is a parameter: rows with another share have the training in common. */
const shortRecipe = `
  train({ epochs: param("epochs", 2), batchSize: 32, optimizer: adam({ lr: param("lr", 0.02) }) }),
  prune({ target: { sparsity: param("sparsity", 0.5) }, finetune: { epochs: 1 } })`;

/** A model file with the parameters bits, epochs, lr and sparsity; `sweep` is TypeScript. */
export function tonesModel(sweep: string, { recipe = shortRecipe, extra = "" } = {}): string {
  return taskModel(recipe)
    .replace("defineModel, ", "defineModel, evolution, grid, list, param, random, sweep, tpe, ")
    .replace("\nexport default", '\nconst bits = param("bits", 5);\nexport default')
    .replaceAll("int(5)", "int(bits)")
    .replace("  recipe:", `  ${sweep === "" ? "" : `sweep: ${sweep},`}\n  ${extra}\n  recipe:`);
}

/** A folder with such model files and the data that they name. */
export function tonesFolder(models: Readonly<Record<string, string>>): string {
  return taskFolder(models);
}

export function resultsIn(folder: string): SweepResults {
  return JSON.parse(readFileSync(path.join(folder, "results.json"), "utf8")) as SweepResults;
}
