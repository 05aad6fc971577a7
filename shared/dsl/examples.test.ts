import { describe, expect, it } from "vitest";
import bacalhaunet from "../../examples/bacalhaunet/bacalhaunet.model.js";
import sixModulations from "../../examples/quick/six-modulations.model.js";
import keywordSpotter from "../../examples/tiny/keyword-spotting.model.js";
import vgg10 from "../../examples/vgg10/vgg10.model.js";
import { baselines } from "../cost/baselines.js";
import { computeCost } from "../cost/cost.js";
import { score } from "../cost/score.js";
import { graphFromJson } from "../graph/graph.js";
import { inferShapes } from "../graph/infer-shapes.js";
import type { Model } from "./index.js";
import { bacalhauNet } from "./testing/bacalhaunet.js";

function denseCost(model: Model) {
  return computeCost(graphFromJson(model.graph), { flavor: "finn-base", discountSparsity: false });
}

function denseScore(model: Model): number {
  return score(denseCost(model).totals, baselines.itu2021);
}

describe("published costs, from the DSL alone", () => {
  it("BacalhauNet W6A6 with an 8-bit input", () => {
    expect(denseCost(bacalhaunet).totals).toMatchObject({ bops: 96_933_888, memWBits: 55_908 });
    expect(denseScore(bacalhaunet)).toBeCloseTo(0.08246, 5);
  });

  it("BacalhauNet in float", () => {
    const float = bacalhauNet({});
    expect(denseCost(float).totals).toMatchObject({ bops: 2_093_088_768, memWBits: 298_176 });
    expect(denseScore(float)).toBeCloseTo(1.4155, 4);
  });

  it("VGG10 with 8 bits", () => {
    expect(denseCost(vgg10).totals).toMatchObject({ bops: 823_328_768, memWBits: 1_272_832 });
  });

  it("is the example whichever way the model is written", () => {
    const written = bacalhauNet({ input: 8, weight: 6, activation: 6 });
    expect(denseCost(written).totals).toEqual(denseCost(bacalhaunet).totals);
  });
});

describe("examples", () => {
  it.each([bacalhaunet, vgg10, keywordSpotter, sixModulations])("$name has no problems and survives JSON", (model) => {
    expect(model.problems).toEqual([]);
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  });

  it.each([bacalhaunet, vgg10, keywordSpotter, sixModulations])(
    "$name has the shapes that a reader of its graph infers",
    (model) => {
      const graph = graphFromJson(model.graph);
      const { value, problems } = inferShapes(graph);
      expect(problems).toEqual([]);
      for (const [name, tensor] of graph.tensors) expect(value.tensors.get(name)?.shape, name).toEqual(tensor.shape);
    },
  );

  it("names the keyword spotter's layers by scope", () => {
    const names = keywordSpotter.graph.layers.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["input", "stem.conv", "blocks.2.conv_1", "classifier"]));
    expect(keywordSpotter.graph.tensors.map(({ name }) => name)).toContain("stem.conv.weight");
  });

  it("says in BacalhauNet how it is trained", () => {
    expect(bacalhaunet.recipe.map(({ kind }) => kind)).toEqual(["train", "prune", "prune", "prune"]);
    expect(bacalhaunet.recipe[0]).toMatchObject({
      epochs: 20,
      batchSize: 1024,
      optimizer: { kind: "adam", lr: 0.01, weightDecay: 1e-4 },
      schedule: { kind: "cosineWarmRestarts", options: { t0: 5 } },
    });
    expect(bacalhaunet.recipe[1]).toMatchObject({
      options: { target: { minAbs: 0.15 }, finetune: { weightDecay: 5e-5 } },
    });
    expect(bacalhaunet.data).toMatchObject({ source: "radioml2018", options: { minSnr: -6 } });
    expect(bacalhaunet.budget).toEqual({ score: 0.02 });
    expect(bacalhaunet.challenge?.baseline).toEqual(baselines.itu2021);
  });
});
