/** From a row's parameters to its stages: the model file is run with them. */
import type { BudgetDefinition } from "../../../shared/dsl/definition.js";
import { evaluateModel, type SandboxHost } from "../../../shared/sandbox/evaluate.js";
import { isCliError } from "../../errors.js";
import { filesOnDisk, runnerFor } from "../../input/host.js";
import { evaluationLimits } from "../../input/load.js";
import type { Price } from "../../train/events/events.js";
import { trainableModelOf, type TrainableModel } from "../../train/model.js";
import { planRecipe } from "../../train/run/plan.js";
import type { PlannedStage } from "../events.js";
import type { SweepManifest } from "../folder/manifest.js";
import type { RowParameters } from "../rows.js";
import { lowestCost, overBudget } from "./lowest-cost.js";
import { sourcesGuard } from "./sources.js";
import { stageKeys } from "./stage-key.js";

export interface ResolvedRow {
  /** Those of the row's parameters that the model has asked for: another branch may not need them all. */
  readonly param: RowParameters;
  readonly stages: readonly PlannedStage[];
}

export type Resolution =
  | { readonly kind: "resolved"; readonly value: ResolvedRow }
  | { readonly kind: "skipped"; readonly value: ResolvedRow; readonly message: string; readonly lowest: Price }
  /** One sentence: the model file does not run with these parameters, or cannot be trained. */
  | { readonly kind: "unusable"; readonly message: string };

/** Throws a `CliError` when the model file is not the one that the sweep was begun with. */
export type Resolver = (parameters: RowParameters) => Promise<Resolution>;

/** The part of a manifest that rows are resolved by. */
export type ResolverParts = Pick<SweepManifest, "tool" | "model" | "sweep" | "settings">;

export function createResolver({ tool, model, sweep, settings }: ResolverParts): Resolver {
  const guard = sourcesGuard({ model, settings });
  const texts = new Map<string, Promise<string | undefined>>();
  // One host for all rows: each file is read once, and marked once.
  const host: SandboxHost = {
    ...filesOnDisk,
    runner: runnerFor(settings.run),
    readFile(file) {
      const text = texts.get(file) ?? filesOnDisk.readFile(file);
      texts.set(file, text);
      return text;
    },
  };
  return async (parameters) => {
    guard();
    try {
      const given = { ...settings.param, ...parameters };
      const evaluation = await evaluateModel(model.file, host, { ...evaluationLimits, parameters: given });
      const trainable = trainableModelOf(model.file, "", evaluation);
      const stages = planRecipe(trainable.definition, settings);
      const keys = stageKeys(trainable, stages, settings, tool);
      const value: ResolvedRow = {
        param: askedFor(trainable, given),
        stages: stages.map(({ name, kind, training }, index) => ({
          name,
          kind,
          epochs: training?.epochs ?? 0,
          key: keys[index] ?? "",
        })),
      };
      const lowest = lowestCost(trainable, stages, settings.flavor);
      const message = overBudget(lowest, budgetOf(sweep.budget, trainable));
      return message === undefined ? { kind: "resolved", value } : { kind: "skipped", value, message, lowest };
    } catch (error) {
      if (!isCliError(error)) throw error;
      return { kind: "unusable", message: error.message };
    }
  };
}

function askedFor({ definition }: TrainableModel, given: RowParameters): RowParameters {
  const known = new Set(definition.parameters.map(({ name }) => name));
  return Object.fromEntries(Object.entries(given).filter(([name]) => known.has(name)));
}

function budgetOf(own: BudgetDefinition | undefined, { definition }: TrainableModel): BudgetDefinition | undefined {
  return own ?? definition.budget;
}
