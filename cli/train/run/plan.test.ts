import { describe, expect, it } from "vitest";
import {
  adam,
  adamW,
  constant,
  cosineWarmRestarts,
  defineModel,
  itu2021,
  prune,
  relu,
  sgd,
  step,
  train,
  type ModelSpec,
  type Stage,
} from "../../../shared/dsl/index.js";
import { planFinetuning, planPruning, planRecipe, type PlanOverrides } from "./plan.js";

function model(recipe: readonly Stage[], rest: Partial<ModelSpec> = {}) {
  return defineModel({ name: "net", input: { shape: [1, 2, 8] }, forward: relu, recipe, ...rest });
}

function plan(recipe: readonly Stage[], overrides: PlanOverrides = {}) {
  return planRecipe(model(recipe), overrides);
}

const schedule = cosineWarmRestarts({ t0: 5 });
const winner = [
  train({ epochs: 20, optimizer: adam({ lr: 0.01, weightDecay: 1e-4 }), schedule }),
  prune({ minAbs: 0.15, finetune: { weightDecay: 5e-5 } }),
  prune({ minAbs: 0.25, finetune: { weightDecay: 1e-4 } }),
];

describe("the plan of a recipe", () => {
  it("has the challenge winner's stages with every option decided", () => {
    const [first, second, third] = plan(winner);
    expect(first).toEqual({
      position: 1,
      name: "train 1",
      kind: "train",
      training: {
        epochs: 20,
        batchSize: 1024,
        optimizer: adam({ lr: 0.01, weightDecay: 1e-4 }),
        schedule,
        seed: 0,
        labelSmoothing: 0,
        reestimateBatchNorm: 0,
        distillation: { temperature: 4, weight: 0.5 },
      },
    });
    expect(second).toMatchObject({
      name: "prune 2",
      pruning: {
        aim: { kind: "minAbs", value: 0.15 },
        ranking: { by: "magnitude", scope: "layer" },
        schedule: { kind: "oneshot", steps: 1 },
      },
      training: { epochs: 20, batchSize: 1024, optimizer: { kind: "adam", lr: 0.01, weightDecay: 5e-5 }, schedule },
    });
    expect(third).toMatchObject({ pruning: { aim: { value: 0.25 } }, training: { optimizer: { weightDecay: 1e-4 } } });
  });

  it("gives fine-tuning what its own options and the last train stage before it say", () => {
    const extras = { labelSmoothing: 0.1, clipNorm: 2, freezeBatchNormAfter: 3, distillation: { weight: 0.9 } };
    const [, tuned, , other] = plan([
      train({ epochs: 3, batchSize: 64, optimizer: sgd({ lr: 0.1 }), schedule: step({ stepSize: 2 }), ...extras }),
      prune({ target: { sparsity: 0.5 }, finetune: { epochs: 7, lr: 0.05, clipNorm: 1, reestimateBatchNorm: 9 } }),
      train({ epochs: 9 }),
      prune({ minAbs: 0.1, finetune: { optimizer: adamW({ lr: 0.5 }), schedule: constant(), lr: 9, batchSize: 32 } }),
    ]);
    expect(tuned?.training).toEqual({
      epochs: 7,
      batchSize: 64,
      optimizer: sgd({ lr: 0.05 }),
      schedule: step({ stepSize: 2 }),
      labelSmoothing: 0.1,
      clipNorm: 1,
      freezeBatchNormAfter: 3,
      reestimateBatchNorm: 9,
      distillation: { temperature: 4, weight: 0.9 },
    });
    expect(other?.training).toMatchObject({
      epochs: 9,
      batchSize: 32,
      optimizer: adamW({ lr: 0.5 }),
      schedule: { kind: "constant" },
      labelSmoothing: 0,
    });
  });

  it("obeys the command line", () => {
    const [first, second] = plan(winner, { epochs: 2, freezeAfter: 1, seed: 7 });
    const expected = { epochs: 2, freezeBatchNormAfter: 1, freezeScalesAfter: 1, seed: 7 };
    expect([first?.training, second?.training]).toMatchObject([expected, expected]);
    expect(plan(winner, { finetune: false })[1]).not.toHaveProperty("training");
  });

  it("prunes in steps, by feedback with a goal", () => {
    const recipe = [
      train({ epochs: 1 }),
      prune({ target: { score: 0.02 }, schedule: "feedback", by: "cost", steps: 3 }),
    ];
    const goal = {
      schedule: { kind: "feedback", steps: 3 },
      minAccuracy: 0.56,
      ranking: { by: "cost", scope: "global" },
    };
    expect(planRecipe(model(recipe, { challenge: itu2021() }), {})[1]?.pruning).toMatchObject(goal);
    expect(() => plan(recipe)).toThrow(/"prune 2" prunes by feedback and has no accuracy to keep/);
    const iterative = prune({ target: { sparsity: 0.9 }, schedule: "iterative", name: "thin out" });
    expect(plan([train({ epochs: 1 }), iterative])[1]).toMatchObject({
      name: "thin out",
      pruning: { schedule: { kind: "iterative", steps: 4 } },
    });
  });

  it("says what a recipe lacks", () => {
    expect(() => plan([])).toThrow("net has no recipe: add recipe: [train({ epochs: 20 })] to its defineModel.");
    expect(() => plan([prune({ minAbs: 1 })])).toThrow(/has no train stage before it.*finetune: \{ epochs \}/);
    expect(() => plan([prune({ minAbs: 1, finetune: { epochs: 1 } })])).toThrow(/finetune: \{ optimizer \}/);
    expect(plan([prune({ minAbs: 1, finetune: { epochs: 1, optimizer: adam() } })])).toHaveLength(1);
  });
});

describe("a single stage", () => {
  it("is found by its position", () => {
    expect(planPruning(model(winner), 2, { epochs: 1 })).toEqual(plan(winner, { epochs: 1 })[1]);
    expect(planFinetuning(model(winner), 3, {})).toMatchObject({ kind: "finetune", name: "finetune 3" });
    expect(planFinetuning(model(winner), 3, {}).training).toEqual(plan(winner)[2]?.training);
    expect(planFinetuning(model(winner), 1, {}).training).toEqual(plan(winner)[0]?.training);
    expect(planPruning(model(winner.slice(0, 2)), undefined, {})).toEqual(plan(winner)[1]);
  });

  it.each([
    [() => planPruning(model(winner), 1, {}), "Stage 1 of the recipe of net is no prune stage: choose 2 or 3."],
    [() => planPruning(model(winner), 4, {}), "has no stage 4: its stages are 1 train, 2 prune, 3 prune."],
    [() => planFinetuning(model([]), 1, {}), "has no stage 1: it is empty."],
    [() => planPruning(model(winner), undefined, {}), "has not one prune stage but 2, 3: name the stage"],
    [() => planFinetuning(model([train({ epochs: 1 })]), undefined, {}), "has not one prune stage but none"],
    [() => planPruning(model([train({ epochs: 1 })]), 1, {}), "is no prune stage: it has none."],
  ])("%# is explained when it is not there", (call, message) => {
    expect(call).toThrow(message);
  });
});
