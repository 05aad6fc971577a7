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

/** Learning from a teacher: a float or wider network that is named when training starts (`--teacher`). */
export interface Distillation {
  /** Softens the outputs of both networks, above 0. Default 4. */
  temperature?: number;
  /** Share of the loss that is the distance to the teacher, 0 to 1; the rest is the cross-entropy. Default 0.5. */
  weight?: number;
}

/** What training can do besides its steps. */
interface TrainingExtras {
  /** Share of the target that is spread over all classes, 0 to below 1. Default 0. */
  labelSmoothing?: number;
  /** Largest norm of all gradients together; larger ones are scaled down. Default: not limited. */
  clipNorm?: number;
  /** After so many epochs batch norm keeps its running statistics and computes with them. Default: never. */
  freezeBatchNormAfter?: number;
  /** After so many epochs the learned scales of quantisers stay as they are. Default: never. */
  freezeScalesAfter?: number;
  /** Batches over which batch norm's running statistics are estimated anew at the end. Default 0: they stay. */
  reestimateBatchNorm?: number;
  /** How to learn from a teacher; without one it has no effect. Default: `{ temperature: 4, weight: 0.5 }`. */
  distillation?: Distillation;
}

/** Options of `train`. */
export interface TrainOptions extends TrainingExtras {
  /** Passes over the training frames. */
  epochs: number;
  /** Samples per step. Default 1024 (the challenge winner's). */
  batchSize?: number;
  /** Default `adam()`. */
  optimizer?: Optimizer;
  /** Default `constant()`. */
  schedule?: Schedule;
  /** Seed of initial weights and of the order of samples. Default 0. */
  seed?: number;
  /** The stage's name, for reports. Default: its kind and position. */
  name?: string;
}

/** What a pruning stage aims at; exactly one of them. */
export interface PruneTarget {
  /** Prune until the model scores this, with its weights quantised. */
  score?: number;
  /** Share of weights to be zero, 0 to below 1. */
  sparsity?: number;
  /** Set weights of a smaller magnitude to zero. */
  minAbs?: number;
}

/** Fine-tuning after pruning: what is not set is as in the last `train` stage. */
export interface FinetuneOptions extends TrainingExtras {
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
  /**
   * Which weights go first: the smallest, or those that do least harm for what they save of the score: a weight of a long
   * feature map saves more bit-operations than one of the classifier. Harm is the weight's share of its layer's energy (LAMP).
   * Default `"magnitude"`. Has no effect on `minAbs`, which is a threshold.
   */
  by?: "magnitude" | "cost";
  /**
   * Rank weights within each layer, or all layers' together. Default `"layer"`; by cost `"global"`, since within a layer
   * all weights save the same. Has no effect on `minAbs`.
   */
  scope?: "layer" | "global";
  /**
   * At once, in steps of the same size, or in steps that are undone and halved when fine-tuning misses `minAccuracy`; each
   * step is fine-tuned. Default `"oneshot"`.
   */
  schedule?: "oneshot" | "iterative" | "feedback";
  /** Steps of an iterative or feedback schedule, at least 2. Default 4. */
  steps?: number;
  /** The accuracy that a feedback schedule keeps, 0 to 1. Default: the challenge's. */
  minAccuracy?: number;
  /** Training afterwards with the zeros kept. Default: as the last `train` stage. */
  finetune?: FinetuneOptions;
  /** The stage's name, for reports. Default: its kind and position. */
  name?: string;
}

const stageName = optional(text("a text that is not empty", ""), undefined);
const optionalCount = optional(integer(1, 1), undefined);

const aboveZero = finite("a number above 0", 1, (value) => value > 0);
const belowOne = finite("a number from 0 to below 1", 0, (value) => value >= 0 && value < 1);
const share = finite("a number from 0 to 1", 0, (value) => value >= 0 && value <= 1);

const distillationFields = {
  temperature: optional(aboveZero, 4),
  weight: optional(share, 0.5),
} satisfies FieldsOf<Distillation>;

const extraFields = {
  labelSmoothing: optional(belowOne, undefined),
  clipNorm: optional(aboveZero, undefined),
  freezeBatchNormAfter: optional(integer(0, 1), undefined),
  freezeScalesAfter: optional(integer(0, 1), undefined),
  reestimateBatchNorm: optional(integer(0, 0), undefined),
  distillation: nested("an object such as { temperature: 4, weight: 0.5 }", distillationFields),
} satisfies FieldsOf<TrainingExtras>;

const trainFields = {
  epochs: integer(1, 1),
  batchSize: optional(integer(1, 1024), 1024),
  optimizer: optimizerField,
  schedule: scheduleField,
  ...extraFields,
  labelSmoothing: optional(belowOne, 0),
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
  ...extraFields,
} satisfies FieldsOf<FinetuneOptions>;

const minAbsField = finite("a number of at least 0", 0, (value) => value >= 0);

const targetFields = {
  score: optional(aboveZero, undefined),
  sparsity: optional(belowOne, undefined),
  minAbs: optional(minAbsField, undefined),
} satisfies FieldsOf<PruneTarget>;

const pruneFields = {
  minAbs: optional(minAbsField, undefined),
  target: nested("an object such as { sparsity: 0.8 }", targetFields),
  by: optional(oneOf(["magnitude", "cost"], "magnitude"), undefined),
  scope: optional(oneOf(["layer", "global"], "layer"), undefined),
  schedule: optional(oneOf(["oneshot", "iterative", "feedback"], "oneshot"), "oneshot" as const),
  steps: optional(integer(2, 4), undefined),
  minAccuracy: optional(share, undefined),
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
  const { minAbs, target, finetune, by: ranking, scope: given, ...rest } = readOptions(site, options, pruneFields);
  const aim = aimOf(site, minAbs, withoutUndefined(target ?? {}));
  reportIdle(site, aim, withoutUndefined({ by: ranking, scope: given, ...rest }));
  const by = ranking ?? "magnitude";
  const stageOptions = {
    ...withoutUndefined(rest),
    by,
    scope: by === "cost" ? "global" : (given ?? "layer"),
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

/** Options that are written and change nothing. */
function reportIdle(site: Site, aim: PruneTarget, { by, scope, schedule, steps, minAccuracy }: PruneOptions): void {
  const idle = (name: keyof PruneOptions, why: string): void => {
    report(site, "option-without-effect", `prune ignores ${name}, because ${why}; leave it out.`, [name]);
  };
  const threshold = "minAbs is a threshold and ranks no weights";
  if (aim.minAbs !== undefined && by !== undefined) idle("by", threshold);
  if (aim.minAbs !== undefined && scope !== undefined) idle("scope", threshold);
  else if (by === "cost" && scope === "layer") idle("scope", "within a layer all weights save the same");
  if (schedule === "oneshot" && steps !== undefined) idle("steps", 'schedule "oneshot" has one');
  if (schedule !== "feedback" && minAccuracy !== undefined) idle("minAccuracy", 'only schedule "feedback" has a goal');
}
