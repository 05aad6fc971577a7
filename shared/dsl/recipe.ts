/** Recipes: how a model is trained and pruned. Values are read and checked here; training happens elsewhere. */
import type { RecipeStage } from "./definition.js";
import { describe } from "./describe.js";
import { made } from "./made.js";
import {
  adam,
  constant,
  decay,
  learningRate,
  optimizerField,
  scheduleField,
  type Optimizer,
  type Schedule,
} from "./optimizers.js";
import {
  finite,
  integer,
  nested,
  oneOf,
  optional,
  readOptions,
  text,
  withoutUndefined,
  type FieldsOf,
} from "./options.js";
import { enter, report, type Site } from "./session.js";

/** A stage of a recipe, made by `train` or `prune`. */
export type Stage = RecipeStage;

/** Options of `train`. */
export interface TrainOptions {
  /** Passes over the training frames. */
  epochs: number;
  /** Samples per step. Default 1024 (the challenge winner's). */
  batchSize?: number;
  /** Default `adam()`. */
  optimizer?: Optimizer;
  /** Default `constant()`. */
  schedule?: Schedule;
  /** Share of the target that is spread over all classes, 0 to below 1. Default 0. */
  labelSmoothing?: number;
  /** Largest norm of all gradients together; larger ones are scaled down. Default: not limited. */
  clipNorm?: number;
  /** Seed of initial weights and of the order of samples. Default 0. */
  seed?: number;
  /** The stage's name, for reports. Default: its kind and position. */
  name?: string;
}

/** What a pruning stage aims at; exactly one of them. */
export interface PruneTarget {
  /** Prune until the model scores this. */
  score?: number;
  /** Share of weights to be zero, 0 to below 1. */
  sparsity?: number;
  /** Set weights of a smaller magnitude to zero. */
  minAbs?: number;
}

/** Fine-tuning after pruning: what is not set is as in the last `train` stage. */
export interface FinetuneOptions {
  /** Passes over the training frames. */
  epochs?: number;
  /** Samples per step. */
  batchSize?: number;
  /** Learning rate, above 0. */
  lr?: number;
  /** L2 penalty. */
  weightDecay?: number;
  /** A different optimiser; `lr` and `weightDecay` are then its own. */
  optimizer?: Optimizer;
  /** A different schedule. */
  schedule?: Schedule;
}

/** Options of `prune`. */
export interface PruneOptions {
  /** Short for `target: { minAbs }`: weights of a smaller magnitude become zero and stay zero. No default: give it or `target`. */
  minAbs?: number;
  /** What to aim at. No default: give it or `minAbs`. */
  target?: PruneTarget;
  /** Which weights go first: the smallest, or those that save most bit-operations and bits for their size. Default `"magnitude"`. */
  by?: "magnitude" | "cost";
  /** Rank weights within each layer, or all layers' together. Default `"layer"`. */
  scope?: "layer" | "global";
  /** At once, in steps, or in steps that become smaller when the accuracy goal is missed. Default `"oneshot"`. */
  schedule?: "oneshot" | "iterative" | "feedback";
  /** Training afterwards with the zeros kept. Default: as the last `train` stage. */
  finetune?: FinetuneOptions;
  /** The stage's name, for reports. Default: its kind and position. */
  name?: string;
}

const stageName = optional(text("a text that is not empty", ""), undefined);
const optionalCount = optional(integer(1, 1), undefined);

const trainFields = {
  epochs: integer(1, 1),
  batchSize: optional(integer(1, 1024), 1024),
  optimizer: optimizerField,
  schedule: scheduleField,
  labelSmoothing: optional(
    finite("a number from 0 to below 1", 0, (value) => value >= 0 && value < 1),
    0,
  ),
  clipNorm: optional(
    finite("a number above 0", 1, (value) => value > 0),
    undefined,
  ),
  seed: optional(integer(0, 0, 2 ** 32 - 1), 0),
  name: stageName,
} satisfies FieldsOf<TrainOptions>;

const finetuneFields = {
  epochs: optionalCount,
  batchSize: optionalCount,
  lr: optional(learningRate, undefined),
  weightDecay: optional(decay, undefined),
  optimizer: optimizerField,
  schedule: scheduleField,
} satisfies FieldsOf<FinetuneOptions>;

const minAbsField = finite("a number of at least 0", 0, (value) => value >= 0);

const targetFields = {
  score: optional(
    finite("a number above 0", 1, (value) => value > 0),
    undefined,
  ),
  sparsity: optional(
    finite("a number from 0 to below 1", 0, (value) => value >= 0 && value < 1),
    undefined,
  ),
  minAbs: optional(minAbsField, undefined),
} satisfies FieldsOf<PruneTarget>;

const pruneFields = {
  minAbs: optional(minAbsField, undefined),
  target: nested("an object such as { sparsity: 0.8 }", targetFields),
  by: optional(oneOf(["magnitude", "cost"], "magnitude"), "magnitude" as const),
  scope: optional(oneOf(["layer", "global"], "layer"), "layer" as const),
  schedule: optional(oneOf(["oneshot", "iterative", "feedback"], "oneshot"), "oneshot" as const),
  finetune: nested("an object such as { epochs: 20 }", finetuneFields),
  name: stageName,
} satisfies FieldsOf<PruneOptions>;

/** Trains all weights and learned scales, with the quantisers in place. */
export function train(options: TrainOptions): Stage {
  const site = enter("train");
  const { epochs, batchSize, optimizer, schedule, ...rest } = readOptions(site, options, trainFields);
  return made("stage", {
    kind: "train",
    epochs,
    batchSize,
    optimizer: optimizer ?? adam(),
    schedule: schedule ?? constant(),
    options: withoutUndefined(rest),
    ...(site.origin && { origin: site.origin }),
  });
}

/**
 * Sets weights to zero, keeps them there, and trains the others on. A pruned weight costs nothing where the cost
 * discounts sparsity: it saves its share of bit-operations and its bits.
 */
export function prune(options: PruneOptions): Stage {
  const site = enter("prune");
  const { minAbs, target, finetune, ...rest } = readOptions(site, options, pruneFields);
  const aim = aimOf(site, minAbs, withoutUndefined(target ?? {}));
  const stageOptions = {
    ...withoutUndefined(rest),
    target: aim,
    ...(finetune && { finetune: withoutUndefined(finetune) }),
  };
  return made("stage", { kind: "prune", options: stageOptions, ...(site.origin && { origin: site.origin }) });
}

/** The one target of a pruning stage. */
function aimOf(site: Site, minAbs: number | undefined, target: Readonly<Record<string, unknown>>): PruneTarget {
  const aims: readonly (readonly [string, unknown])[] = [
    ...(minAbs === undefined ? [] : [["minAbs", minAbs] as const]),
    ...Object.entries(target),
  ];
  const [first] = aims;
  if (first === undefined) {
    report(
      site,
      "missing-option",
      "prune needs a target: minAbs, or target with one of score, sparsity and minAbs; nothing is pruned until then.",
    );
    return { minAbs: 0 };
  }
  if (aims.length > 1) {
    const found = aims.map(([name, value]) => `${name}: ${describe(value)}`).join(", ");
    report(site, "option-without-effect", `prune expects one target, but found ${found}; only the first is used.`, [
      "target",
    ]);
  }
  return Object.fromEntries([first]);
}
