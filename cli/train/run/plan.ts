/** From a model file's recipe, and what the command line says about it, to stages with every option decided. */
import type {
  ModelDefinition,
  OptimizerDefinition,
  RecipeStage,
  ScheduleDefinition,
} from "../../../shared/dsl/definition.js";
import { stageName } from "../../../shared/dsl/stage-name.js";
import { CliError } from "../../errors.js";
import type { PruneAim } from "../prune/aim.js";
import type { Ranking } from "../prune/masks.js";
import type { PruneSchedule } from "../prune/schedule.js";
import { optionsOf, type OptionValues } from "./option-values.js";

/** A stage of the run. Plain data: it is kept in `run.json`, and a resumed run must have the same. */
export interface StagePlan {
  /** In the recipe, from 1. */
  readonly position: number;
  readonly name: string;
  readonly kind: "train" | "prune" | "finetune";
  /** Of prune stages. */
  readonly pruning?: PruningPlan;
  /** Absent: the stage only prunes. */
  readonly training?: TrainingPlan;
}

export interface PruningPlan {
  readonly aim: PruneAim;
  readonly ranking: Ranking;
  readonly schedule: PruneSchedule;
  /** Of a feedback schedule: the accuracy to be kept. */
  readonly minAccuracy?: number;
}

export interface TrainingPlan {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerDefinition;
  readonly schedule: ScheduleDefinition;
  readonly labelSmoothing: number;
  readonly clipNorm?: number;
  readonly freezeBatchNormAfter?: number;
  readonly freezeScalesAfter?: number;
  readonly reestimateBatchNorm: number;
  readonly distillation: { readonly temperature: number; readonly weight: number };
  /** Of the order of samples. Absent: the run's. */
  readonly seed?: number;
}

/** What the command line says in place of the recipe. */
export interface PlanOverrides {
  readonly epochs?: number;
  readonly freezeAfter?: number;
  readonly seed?: number;
  /** False: prune stages only prune. */
  readonly finetune?: boolean;
}

type PlannedModel = Pick<ModelDefinition, "name" | "recipe" | "challenge">;

/** All stages of the recipe. Throws a `CliError` when there are none, or one lacks what it needs. */
export function planRecipe(model: PlannedModel, overrides: PlanOverrides): readonly StagePlan[] {
  const { name, recipe } = model;
  if (recipe.length === 0) {
    throw new CliError(`${name} has no recipe: add recipe: [train({ epochs: 20 })] to its defineModel.`);
  }
  return recipe.map((stage, index) =>
    stage.kind === "train"
      ? trainStage(stage, index, overrides)
      : pruneStage(model, stage.options, { index, overrides }),
  );
}

/** The prune stage at a position of the recipe (by default its only one), alone. Throws a `CliError` when there is none. */
export function planPruning(model: PlannedModel, given: number | undefined, overrides: PlanOverrides): StagePlan {
  const position = given ?? onlyPruneStage(model);
  const stage = stageAt(model, position);
  if (stage.kind !== "prune") throw wrongKind(model, position, "prune");
  return pruneStage(model, stage.options, { index: position - 1, overrides });
}

/** The fine-tuning of the stage at a position of the recipe (by default its only prune stage); of a train stage its training. */
export function planFinetuning(model: PlannedModel, given: number | undefined, overrides: PlanOverrides): StagePlan {
  const position = given ?? onlyPruneStage(model);
  const stage = stageAt(model, position);
  const training =
    stage.kind === "train" ? trainingOf(stage, overrides) : finetuningOf(model, stage.options, position - 1, overrides);
  return { position, name: stageName(stage.options, "finetune", position - 1), kind: "finetune", training };
}

function stageAt({ name, recipe }: PlannedModel, position: number): RecipeStage {
  const stage = recipe[position - 1];
  if (stage !== undefined) return stage;
  const kinds = recipe.map(({ kind }, index) => `${index + 1} ${kind}`).join(", ");
  throw new CliError(
    `The recipe of ${name} has no stage ${position}: ${recipe.length === 0 ? "it is empty" : `its stages are ${kinds}`}.`,
  );
}

function onlyPruneStage({ name, recipe }: PlannedModel): number {
  const [first, ...others] = recipe.flatMap(({ kind }, index) => (kind === "prune" ? [index + 1] : []));
  if (first !== undefined && others.length === 0) return first;
  const found = first === undefined ? "none" : [first, ...others].join(", ");
  throw new CliError(
    `The recipe of ${name} has not one prune stage but ${found}: name the stage that is meant by --stage.`,
  );
}

function wrongKind({ name, recipe }: PlannedModel, position: number, wanted: RecipeStage["kind"]): CliError {
  const fitting = recipe.flatMap(({ kind }, index) => (kind === wanted ? [index + 1] : []));
  const advice = fitting.length === 0 ? "it has none" : `choose ${fitting.join(" or ")}`;
  return new CliError(`Stage ${position} of the recipe of ${name} is no ${wanted} stage: ${advice}.`);
}

function trainStage(
  stage: Extract<RecipeStage, { kind: "train" }>,
  index: number,
  overrides: PlanOverrides,
): StagePlan {
  return {
    position: index + 1,
    name: stageName(stage.options, "train", index),
    kind: "train",
    training: trainingOf(stage, overrides),
  };
}

function trainingOf(stage: Extract<RecipeStage, { kind: "train" }>, overrides: PlanOverrides): TrainingPlan {
  const { epochs, batchSize, optimizer, schedule } = stage;
  const options = optionsOf(stage.options);
  const seed = overrides.seed ?? options.number("seed");
  const plan = { epochs, batchSize, optimizer, schedule, ...(seed !== undefined && { seed }) };
  return overridden({ ...plan, ...extrasOf(options, defaultExtras) }, overrides);
}

type Extras = Omit<TrainingPlan, "epochs" | "batchSize" | "optimizer" | "schedule" | "seed">;

const defaultExtras: Extras = {
  labelSmoothing: 0,
  reestimateBatchNorm: 0,
  distillation: { temperature: 4, weight: 0.5 },
};

/** The options that training and fine-tuning share; what is not set is as in `base`. */
function extrasOf(options: OptionValues, base: Extras): Extras {
  const limits = ["clipNorm", "freezeBatchNormAfter", "freezeScalesAfter"] as const;
  const set = limits.map((name) => [name, options.number(name) ?? base[name]] as const);
  const distillation = options.object("distillation");
  return {
    labelSmoothing: options.number("labelSmoothing") ?? base.labelSmoothing,
    reestimateBatchNorm: options.number("reestimateBatchNorm") ?? base.reestimateBatchNorm,
    distillation: {
      temperature: distillation?.number("temperature") ?? base.distillation.temperature,
      weight: distillation?.number("weight") ?? base.distillation.weight,
    },
    ...(Object.fromEntries(set.filter(([, value]) => value !== undefined)) as Partial<Extras>),
  };
}

function overridden(plan: TrainingPlan, { epochs, freezeAfter }: PlanOverrides): TrainingPlan {
  return {
    ...plan,
    ...(epochs !== undefined && { epochs }),
    ...(freezeAfter !== undefined && { freezeBatchNormAfter: freezeAfter, freezeScalesAfter: freezeAfter }),
  };
}

interface StageContext {
  readonly index: number;
  readonly overrides: PlanOverrides;
}

function pruneStage(
  model: PlannedModel,
  raw: Readonly<Record<string, unknown>>,
  { index, overrides }: StageContext,
): StagePlan {
  const options = optionsOf(raw);
  const name = stageName(raw, "prune", index);
  const kind = options.word("schedule", ["oneshot", "iterative", "feedback"]) ?? "oneshot";
  const minAccuracy = kind === "feedback" ? feedbackGoal(model, name, options) : undefined;
  const pruning: PruningPlan = {
    aim: aimOf(options),
    ranking: {
      by: options.word("by", ["magnitude", "cost"]) ?? "magnitude",
      scope: options.word("scope", ["layer", "global"]) ?? "layer",
    },
    schedule: { kind, steps: kind === "oneshot" ? 1 : (options.number("steps") ?? 4) },
    ...(minAccuracy !== undefined && { minAccuracy }),
  };
  const stage = { position: index + 1, name, kind: "prune", pruning } as const;
  if (overrides.finetune === false)
    return { ...stage, pruning: { ...pruning, schedule: { kind: "oneshot", steps: 1 } } };
  return { ...stage, training: finetuningOf(model, raw, index, overrides) };
}

function feedbackGoal({ challenge }: PlannedModel, stage: string, options: OptionValues): number {
  const goal = options.number("minAccuracy") ?? challenge?.minAccuracy;
  if (goal !== undefined) return goal;
  throw new CliError(
    `The stage "${stage}" prunes by feedback and has no accuracy to keep: give prune({ minAccuracy }), or the model a challenge that has one.`,
  );
}

function aimOf(options: OptionValues): PruneAim {
  const target = options.object("target");
  for (const kind of ["minAbs", "sparsity", "score"] as const) {
    const value = target?.number(kind);
    if (value !== undefined) return { kind, value };
  }
  return { kind: "minAbs", value: 0 };
}

/** What is not set is as in the last train stage before. */
function finetuningOf(
  { name, recipe }: PlannedModel,
  raw: Readonly<Record<string, unknown>>,
  index: number,
  overrides: PlanOverrides,
): TrainingPlan {
  const options = optionsOf(raw).object("finetune") ?? optionsOf({});
  const before = recipe.slice(0, index).findLast((stage) => stage.kind === "train");
  const base = before && trainingOf(before, {});
  const epochs = options.number("epochs") ?? overrides.epochs ?? base?.epochs;
  const optimizer = options.optimizer("optimizer") ?? finetuned(base?.optimizer, options);
  if (epochs === undefined || optimizer === undefined) {
    const missing = epochs === undefined ? "epochs" : "optimizer";
    throw new CliError(
      `Stage ${index + 1} of the recipe of ${name} has no train stage before it, whose options it would take: give prune({ finetune: { ${missing} } }).`,
    );
  }
  const plan: TrainingPlan = {
    epochs,
    batchSize: options.number("batchSize") ?? base?.batchSize ?? 1024,
    optimizer,
    schedule: options.schedule("schedule") ?? base?.schedule ?? { kind: "constant", options: {} },
    ...extrasOf(options, base ?? defaultExtras),
    ...(overrides.seed !== undefined && { seed: overrides.seed }),
  };
  return overridden(plan, overrides);
}

function finetuned(base: OptimizerDefinition | undefined, options: OptionValues): OptimizerDefinition | undefined {
  return (
    base && {
      ...base,
      lr: options.number("lr") ?? base.lr,
      weightDecay: options.number("weightDecay") ?? base.weightDecay,
    }
  );
}
