import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { computeCost } from "../../../shared/cost/cost.js";
import { score } from "../../../shared/cost/score.js";
import { evaluateModel } from "../../../shared/sandbox/evaluate.js";
import { filesOnDisk, runnerFor } from "../../input/host.js";
import { cliProgram } from "../../testing/run-cli.js";
import { trainableModelOf, type TrainableModel } from "../../train/model.js";
import { planRecipe } from "../../train/run/plan.js";
import type { SweepSettings } from "../folder/manifest.js";
import type { RowParameters } from "../rows.js";
import { tonesFolder, tonesModel } from "../testing/tones.js";
import { lowestCost, overBudget } from "./lowest-cost.js";
import { stageKeys } from "./stage-key.js";

const runner = runnerFor("sandbox", path.dirname(cliProgram()));
afterAll(() => runner.dispose());

const prunes = (options: string) => `train({ epochs: 2, batchSize: 32 }), prune(${options})`;
const folder = tonesFolder({
  "net.model.ts": tonesModel(""),
  "none.model.ts": tonesModel("", { recipe: "train({ epochs: 1 })" }),
  "layer.model.ts": tonesModel("", { recipe: prunes("{ target: { sparsity: 0.75 } }") }),
  "global.model.ts": tonesModel("", { recipe: prunes('{ target: { sparsity: 0.75 }, scope: "global" }') }),
  "threshold.model.ts": tonesModel("", { recipe: prunes("{ minAbs: 0.1 }") }),
  "score.model.ts": tonesModel("", { recipe: prunes("{ target: { score: 1e-6 } }") }),
});

async function load(name: string, parameters: RowParameters = {}): Promise<TrainableModel> {
  const file = path.join(folder, `${name}.model.ts`);
  const limits = { deadlineMs: 60_000, memoryMb: 256 };
  return trainableModelOf(file, "", await evaluateModel(file, { ...filesOnDisk, runner }, { ...limits, parameters }));
}

async function lowest(name: string) {
  const model = await load(name);
  return lowestCost(model, planRecipe(model.definition, {}), "finn-base");
}

async function dense() {
  const { graph, baseline } = await load("none");
  const { totals, nodes } = computeCost(graph, { flavor: "finn-base", discountSparsity: false });
  return { score: score(totals, baseline), bops: totals.bops, memWBits: totals.memWBits, nodes };
}

describe("the lowest cost", () => {
  it("is the dense cost when nothing is pruned", async () => {
    const { nodes, ...cost } = await dense();
    expect(await lowest("none")).toEqual(cost);
    expect(nodes.length).toBeGreaterThan(1);
  });

  it("is exact for a share of each layer", async () => {
    const { nodes } = await dense();
    // Of 80 and 96 weights a quarter stays.
    const weighted = nodes.filter(({ denseWeightElements }) => denseWeightElements > 0);
    expect(weighted.map(({ denseWeightElements }) => denseWeightElements)).toEqual([80, 96]);
    const cost = await lowest("layer");
    expect(cost.memWBits).toBe((20 + 24) * 5);
    expect(cost.bops).toBe(weighted.reduce((sum, { bops }) => sum + bops / 4, 0));
  });

  it("takes zeros over all layers to lie where they save most", async () => {
    const { nodes } = await dense();
    const cost = await lowest("global");
    expect(cost.memWBits).toBe(44 * 5);
    // All of the convolution's 80 and 52 of the classifier's weights.
    const classifier = nodes.find(({ denseWeightElements }) => denseWeightElements === 96);
    expect(cost.bops).toBeCloseTo(((classifier?.bops ?? 0) * 44) / 96, 6);
    expect(cost.bops).toBeLessThan((await lowest("layer")).bops);
  });

  it("is nothing where a threshold may prune everything, and an aimed score where that is reached", async () => {
    expect(await lowest("threshold")).toEqual({ score: 0, bops: 0, memWBits: 0 });
    expect(await lowest("score")).toMatchObject({ score: 1e-6 });
  });

  it("is held against a budget in every part", () => {
    const price = { score: 0.03, bops: 2000, memWBits: 10 };
    expect(overBudget(price, undefined)).toBeUndefined();
    expect(overBudget(price, { score: 0.03, bops: 2000, memWBits: 10 })).toBeUndefined();
    expect(overBudget(price, { score: 0.02 })).toContain("it has 0.03 score, and the budget is 0.02");
    expect(overBudget(price, { bops: 1999 })).toContain("it has 2,000 bit-operations, and the budget is 1,999");
    expect(overBudget(price, { memWBits: 9 })).toContain("it has 10 weight bits, and the budget is 9");
  });
});

describe("the keys of stages", () => {
  const settings: SweepSettings = {
    ...{ run: "sandbox", backend: "wasm", flavor: "finn-base", retries: 1, store: "store" },
  };
  const keys = async (parameters: RowParameters, other: Partial<SweepSettings> = {}, tool = "1", name = "net") => {
    const model = await load(name, parameters);
    const all = { ...settings, ...other };
    return stageKeys(model, planRecipe(model.definition, all), all, tool);
  };

  it("are the same up to the first difference", async () => {
    const [first, second] = await keys({});
    expect(await keys({ sparsity: 0.5 })).toEqual([first, second]);
    const other = await keys({ sparsity: 0.6 });
    expect(other[0]).toBe(first);
    expect(other[1]).not.toBe(second);
  });

  it("do not depend on what changes no result", async () => {
    expect(await keys({}, { retries: 5, store: "other", run: "native" })).toEqual(await keys({}));
  });

  it.each<readonly [string, RowParameters, Partial<SweepSettings>, string]>([
    ["network", { bits: 4 }, {}, "1"],
    ["training", { lr: 0.01 }, {}, "1"],
    ["seed", {}, { seed: 7 }, "1"],
    ["epochs", {}, { epochs: 9 }, "1"],
    ["backend", {}, { backend: "tfjs" }, "1"],
    ["held-out samples", {}, { validation: 0.2 }, "1"],
    ["number of samples", {}, { limitFrames: 100 }, "1"],
    ["data", {}, { data: "synthetic" }, "1"],
    ["version", {}, {}, "2"],
  ])("depend on the %s", async (_, parameters, other, tool) => {
    const before = await keys({});
    const after = await keys(parameters, other, tool);
    expect(after.filter((key) => before.includes(key))).toEqual([]);
  });
});
