import { describe, expect, it } from "vitest";
import {
  adam,
  adamW,
  challenge,
  constant,
  cosineWarmRestarts,
  csvFolder,
  defineModel,
  itu2021,
  npyFolder,
  plateau,
  prune,
  radioml2018,
  relu,
  sgd,
  step,
  synthetic,
  train,
  type ModelSpec,
} from "./index.js";

function define(rest: Partial<ModelSpec>) {
  return defineModel({ name: "net", input: { shape: [1, 2, 8] }, forward: relu, ...rest });
}

describe("train", () => {
  it("has defaults", () => {
    const { recipe, problems } = define({ recipe: [train({ epochs: 3 })] });
    expect(problems).toEqual([]);
    expect(recipe).toEqual([
      {
        kind: "train",
        epochs: 3,
        batchSize: 1024,
        optimizer: { kind: "adam", lr: 0.001, weightDecay: 0, options: { betas: [0.9, 0.999], eps: 1e-8 } },
        schedule: { kind: "constant", options: {} },
        options: { labelSmoothing: 0, seed: 0 },
      },
    ]);
  });

  it("can freeze, estimate anew and learn from a teacher", () => {
    const extras = { freezeBatchNormAfter: 15, freezeScalesAfter: 0, reestimateBatchNorm: 100, clipNorm: 1 };
    const { recipe, problems } = define({ recipe: [train({ epochs: 20, ...extras, distillation: { weight: 0.9 } })] });
    expect(problems).toEqual([]);
    expect(recipe[0]?.options).toEqual({
      ...extras,
      labelSmoothing: 0,
      seed: 0,
      distillation: { temperature: 4, weight: 0.9 },
    });
  });

  it.each([
    [adam({ lr: 0.01, weightDecay: 1e-4 }), { kind: "adam", lr: 0.01, weightDecay: 1e-4 }],
    [adamW({ betas: [0.8, 0.9] }), { kind: "adamw", options: { betas: [0.8, 0.9] } }],
    [sgd({ lr: 0.1, momentum: 0.9 }), { kind: "sgd", lr: 0.1, options: { momentum: 0.9, nesterov: false } }],
  ])("takes the optimiser %o", (optimizer, expected) => {
    expect(define({ recipe: [train({ epochs: 1, optimizer })] }).recipe[0]).toMatchObject({ optimizer: expected });
  });

  it.each([
    [cosineWarmRestarts({ t0: 5 }), { kind: "cosineWarmRestarts", options: { t0: 5, tMult: 1, etaMin: 0 } }],
    [step({ stepSize: 7 }), { kind: "step", options: { stepSize: 7, gamma: 0.1 } }],
    [plateau(), { kind: "plateau", options: { factor: 0.1, patience: 10 } }],
    [constant(), { kind: "constant", options: {} }],
  ])("takes the schedule %o", (schedule, expected) => {
    expect(define({ recipe: [train({ epochs: 1, schedule })] }).recipe[0]).toMatchObject({ schedule: expected });
  });

  it.each<[() => unknown, string, readonly (string | number)[] | undefined]>([
    [() => train({ epochs: 0 }), "invalid-option", ["epochs"]],
    [() => train({ epochs: 1.5 }), "invalid-option", ["epochs"]],
    [() => train({ epochs: Number.NaN }), "invalid-option", ["epochs"]],
    [() => train(undefined as never), "missing-option", undefined],
    [() => train({ epochs: 1, batchSize: -1 }), "invalid-option", ["batchSize"]],
    [() => train({ epochs: 1, optimizer: "adam" as never }), "invalid-option", ["optimizer"]],
    [() => train({ epochs: 1, schedule: adam() as never }), "invalid-option", ["schedule"]],
    [() => train({ epochs: 1, labelSmoothing: 1 }), "invalid-option", ["labelSmoothing"]],
    [() => train({ epochs: 1, freezeBatchNormAfter: -1 }), "invalid-option", ["freezeBatchNormAfter"]],
    [() => train({ epochs: 1, freezeScalesAfter: 0.5 }), "invalid-option", ["freezeScalesAfter"]],
    [() => train({ epochs: 1, reestimateBatchNorm: true as never }), "invalid-option", ["reestimateBatchNorm"]],
    [() => train({ epochs: 1, distillation: { weight: 2 } }), "invalid-option", ["distillation", "weight"]],
    [() => train({ epochs: 1, distillation: { temperature: 0 } }), "invalid-option", ["distillation", "temperature"]],
    [() => adam({ lr: 0 }), "invalid-option", ["lr"]],
    [() => adam({ lr: -0.1 }), "invalid-option", ["lr"]],
    [() => adam({ weightDecay: -1 }), "invalid-option", ["weightDecay"]],
    [() => adam({ betas: [0.9] as never }), "invalid-option", ["betas"]],
    [() => adam({ learningRate: 0.1 } as never), "unknown-option", ["learningRate"]],
    [() => sgd({ lr: 0.1, momentum: 1 }), "invalid-option", ["momentum"]],
    [() => cosineWarmRestarts({ t0: 0 }), "invalid-option", ["t0"]],
    [() => cosineWarmRestarts({ T_0: 5 } as never), "unknown-option", ["T_0"]],
    [() => prune({ minAbs: -0.1 }), "invalid-option", ["minAbs"]],
    [() => prune({}), "missing-option", undefined],
    [() => prune({ target: {} }), "missing-option", undefined],
    [() => prune({ target: { sparsity: 1 } }), "invalid-option", ["target", "sparsity"]],
    [() => prune({ target: { score: 0.02, sparsity: 0.5 } }), "option-without-effect", ["target"]],
    [() => prune({ minAbs: 0.1, schedule: "cosine" as never }), "invalid-option", ["schedule"]],
    [() => prune({ minAbs: 0.1, by: "size" as never }), "invalid-option", ["by"]],
    [() => prune({ minAbs: 0.1, finetune: { epochs: 0 } }), "invalid-option", ["finetune", "epochs"]],
    [() => prune({ minAbs: 0.1, finetune: { lr: 0 } }), "invalid-option", ["finetune", "lr"]],
    [() => prune({ minAbs: 0.1, finetune: { clipNorm: 0 } }), "invalid-option", ["finetune", "clipNorm"]],
    [() => prune({ minAbs: 0.1, by: "cost" }), "option-without-effect", ["by"]],
    [() => prune({ minAbs: 0.1, scope: "global" }), "option-without-effect", ["scope"]],
    [() => prune({ target: { score: 1 }, by: "cost", scope: "layer" }), "option-without-effect", ["scope"]],
    [() => prune({ minAbs: 0.1, steps: 3 }), "option-without-effect", ["steps"]],
    [() => prune({ minAbs: 0.1, schedule: "iterative", steps: 1 }), "invalid-option", ["steps"]],
    [() => prune({ minAbs: 0.1, minAccuracy: 0.5 }), "option-without-effect", ["minAccuracy"]],
    [() => prune({ minAbs: 0.1, schedule: "feedback", minAccuracy: 56 }), "invalid-option", ["minAccuracy"]],
  ])("reports %s", (call, code, path) => {
    call();
    const found = define({}).problems;
    expect(found.map((problem) => problem.code)).toContain(code);
    expect(found.find((problem) => problem.code === code)?.path).toEqual(path);
  });
});

describe("prune", () => {
  it.each([
    [prune({ minAbs: 0.15 }), { minAbs: 0.15 }],
    [prune({ target: { minAbs: 0.15 } }), { minAbs: 0.15 }],
    [prune({ target: { sparsity: 0.8 }, by: "cost" }), { sparsity: 0.8 }],
    [prune({ target: { score: 0.02 }, scope: "global", schedule: "feedback" }), { score: 0.02 }],
  ])("%o has one target", (stage, target) => {
    expect(stage.options).toMatchObject({ target });
    expect(define({ recipe: [stage] }).problems).toEqual([]);
  });

  it("ranks within layers by magnitude and over all of them by cost, unless told otherwise", () => {
    expect(prune({ target: { sparsity: 0.8 } }).options).toMatchObject({ by: "magnitude", scope: "layer" });
    expect(prune({ target: { sparsity: 0.8 }, by: "cost" }).options).toMatchObject({ by: "cost", scope: "global" });
    const feedback = prune({
      target: { score: 0.02 },
      scope: "global",
      schedule: "feedback",
      steps: 5,
      minAccuracy: 0.56,
    });
    expect(feedback.options).toMatchObject({ scope: "global", schedule: "feedback", steps: 5, minAccuracy: 0.56 });
    expect(define({ recipe: [feedback] }).problems).toEqual([]);
  });

  it("keeps of its fine-tuning what is set", () => {
    expect(prune({ minAbs: 0, finetune: { weightDecay: 5e-5 } }).options).toMatchObject({
      finetune: { weightDecay: 5e-5 },
    });
    expect(prune({ minAbs: 0 }).options).not.toHaveProperty("finetune");
  });
});

describe("data", () => {
  it("is RadioML's prescribed split unless told otherwise", () => {
    expect(radioml2018().options).toMatchObject({ split: { seed: 2018, testFraction: 0.1, prescribed: true } });
    expect(radioml2018({ split: { seed: 2018 } }).options).toMatchObject({ split: { prescribed: true } });
    expect(radioml2018({ split: { seed: 1 } }).options).toMatchObject({
      split: { seed: 1, testFraction: 0.1, prescribed: false },
    });
    expect(define({}).problems).toEqual([]);
  });

  it("comes from a generator or a folder", () => {
    expect(synthetic({ framesPerClassAndSnr: 16 })).toMatchObject({
      source: "synthetic",
      options: { framesPerClassAndSnr: 16, seed: 2018 },
    });
    expect(npyFolder({ path: "data" })).toMatchObject({ source: "npyFolder", options: { path: "data" } });
    expect(csvFolder({ path: "data", classes: ["yes", "no"] })).toMatchObject({
      options: { classes: ["yes", "no"], testFraction: 0.1 },
    });
    expect(csvFolder({ path: "data" }).options).not.toHaveProperty("header");
    expect(csvFolder({ path: "data", header: false }).options).toMatchObject({ header: false });
    expect(define({ data: synthetic() }).data?.source).toBe("synthetic");
  });

  it.each<[() => unknown, string, readonly (string | number)[]]>([
    [() => radioml2018({ minSnr: 31 }), "invalid-option", ["minSnr"]],
    [() => radioml2018({ split: "random" as never }), "invalid-option", ["split"]],
    [() => radioml2018({ split: { testFraction: 1 } }), "invalid-option", ["split", "testFraction"]],
    [() => radioml2018({ split: { ratio: 0.5 } as never }), "unknown-option", ["split", "ratio"]],
    [() => radioml2018({ modClasses: ["QPSK", "LTE"] }), "invalid-option", ["modClasses"]],
    [() => synthetic({ framesPerClassAndSnr: 0 }), "invalid-option", ["framesPerClassAndSnr"]],
    [() => synthetic({ framesPerClassAndSnr: 4097 }), "invalid-option", ["framesPerClassAndSnr"]],
    [() => npyFolder({ path: "" }), "invalid-option", ["path"]],
    [() => npyFolder({ path: "data", header: true } as never), "unknown-option", ["header"]],
    [() => csvFolder({ path: "data", header: "yes" as never }), "invalid-option", ["header"]],
  ])("reports %s", (call, code, path) => {
    call();
    expect(define({}).problems).toMatchObject([{ code, path }]);
  });
});

describe("challenges", () => {
  it("itu2021 has the published baseline and validity rules", () => {
    expect(define({ challenge: itu2021() }).challenge).toMatchObject({
      name: "itu2021",
      baseline: { bops: 807_699_904, memWBits: 1_244_936, bopsWeight: 0.5, memWWeight: 0.5 },
      minAccuracy: 0.56,
      inputShape: [1, 2, 1024],
    });
  });

  it("can be one's own", () => {
    const own = challenge({ name: "mine", baseline: { bops: 1e6, memWBits: 1e4, bopsWeight: 1, memWWeight: 0 } });
    expect(define({ challenge: own }).challenge).toEqual({
      name: "mine",
      baseline: { name: "mine", bops: 1e6, memWBits: 1e4, bopsWeight: 1, memWWeight: 0 },
    });
  });

  it.each<[() => unknown, string, readonly (string | number)[] | undefined]>([
    [() => challenge({ name: "mine", baseline: { bops: 0, memWBits: 1 } }), "invalid-option", ["baseline", "bops"]],
    [() => challenge({ name: "mine", baseline: { bops: 1 } as never }), "missing-option", ["baseline"]],
    [() => challenge({ name: "mine" } as never), "missing-option", undefined],
    [
      () => challenge({ name: "mine", baseline: { bops: 1, memWBits: 1 }, minAccuracy: 56 }),
      "invalid-option",
      ["minAccuracy"],
    ],
  ])("reports %s", (call, code, path) => {
    call();
    const [problem] = define({}).problems;
    expect([problem?.code, problem?.path]).toEqual([code, path]);
  });
});
