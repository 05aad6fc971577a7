import { describe, expect, it } from "vitest";
import bacalhaunet from "../../../examples/bacalhaunet/bacalhaunet.model.js";
import { baselines } from "../../../shared/cost/baselines.js";
import { flatten, int, quantConv1d, quantIdentity, quantLinear, quantReLU, uint } from "../../../shared/dsl/index.js";
import { build } from "../../../shared/dsl/testing/build.js";
import { graphFromJson } from "../../../shared/graph/graph.js";
import { goldenPath, hasGolden } from "../../../shared/testing/golden.js";
import { loadNetwork } from "../../import/load-network.js";
import type { Session } from "../backend.js";
import { initialize } from "../initialize.js";
import { lowerProgram } from "../lower/lower.js";
import type { TrainProgram } from "../program.js";
import { RandomStream } from "../../data/random/stream.js";
import { masksFor } from "../prune/aim.js";
import { rankWeights, type Masks, type PrunableWeight } from "../prune/masks.js";
import { loadBackend } from "./backends.js";
import { measureNetwork, prunableWeights, scoreWith } from "./measure.js";
import { putNetwork, settleZeros } from "./network.js";

const graph = graphFromJson(bacalhaunet.graph);
const model = { graph, baseline: baselines.itu2021 };
const program = lowered();

function lowered(): TrainProgram {
  const { value } = lowerProgram(graph);
  if (!value) throw new Error("the example can be trained");
  return value;
}

async function session(): Promise<Session> {
  return (await loadBackend("tfjs")).open(program, { batchSize: 1, inferenceOnly: true });
}

describe("the cost of the network in a session", () => {
  it("is the dense one where no weight is zero, and counts what rounds to zero", async () => {
    const trainee = await session();
    putNetwork(trainee, { parameters: initialize(program, 0), masks: new Map() });
    const { weights, nonZero, density, layers, cost } = measureNetwork(model, trainee);
    expect(weights).toBe(9318);
    expect(density).toBe(nonZero / 9318);
    expect(density).toBeGreaterThan(0.9);
    expect(density).toBeLessThan(1);
    expect(layers).toHaveLength(11);
    expect(layers.reduce((sum, layer) => sum + layer.nonZero, 0)).toBe(nonZero);
    expect(cost["finn-base"].memWBits).toBe(6 * nonZero);
    expect(cost["finn-base"].score).toBeLessThan(0.08246);
  });

  it("falls with masks as a weight's saving says, and is aimed at exactly", async () => {
    const trainee = await session();
    putNetwork(trainee, { parameters: initialize(program, 0), masks: new Map() });
    const prunable = prunableWeights(model, trainee, "finn-base");
    expect(prunable).toHaveLength(11);
    const total = prunable.reduce((sum, { values, saving }) => sum + values.length * saving, 0);
    expect(total).toBeCloseTo(0.08246, 5);
    for (const by of ["magnitude", "cost"] as const) {
      const price = (masks: Parameters<typeof scoreWith>[2]) => scoreWith(model, trainee, masks, "finn-base");
      const masks = masksFor({ kind: "score", value: 0.02 }, prunable, { by, scope: "global" }, price);
      const found = price(masks ?? new Map());
      expect(found).toBeLessThanOrEqual(0.02);
      expect(found).toBeGreaterThan(0.02 - Math.max(...prunable.map(({ saving }) => saving)));
    }
  });

  it("is reached with the fewest zeros, as counted by hand in a small network of whole-number weights", async () => {
    const { model: made } = build([1, 1, 8], (x) => {
      let y = quantIdentity(x, { actQuant: int(8) });
      y = quantConv1d(y, { outChannels: 2, kernelSize: 3, bias: false, weightQuant: int(4, { scale: 1 }) });
      y = flatten(quantReLU(y, { actQuant: uint(4) }));
      return quantLinear(y, { outFeatures: 2, bias: false, weightQuant: int(6, { scale: 1 }) });
    });
    const priced = {
      graph: graphFromJson(made.graph),
      baseline: { name: "own", bops: 1, memWBits: 1, bopsWeight: 0.5, memWWeight: 0.5 },
    };
    const { value } = lowerProgram(priced.graph);
    if (!value) throw new Error("the network can be trained");
    const opened = await (await loadBackend("tfjs")).open(value, { batchSize: 1, inferenceOnly: true });
    const random = new RandomStream(3);
    for (const { name } of prunableWeights(priced, opened, "finn-base")) {
      const values = opened.parameters.get(name) ?? new Float32Array(0);
      for (let index = 0; index < values.length; index++) values[index] = random.uniform(-6, 6);
    }
    const prunable = prunableWeights(priced, opened, "finn-base");
    const [first, last] = prunable;
    if (!first || !last) throw new Error("the network has two weights");
    /** Bit-operations and bits of what is not zero: 8 x 4 bits at 6 positions each, and 4 x 6 bits once. */
    const byHand = (masks: Masks): number => {
      const left = ({ name, values }: PrunableWeight) =>
        values.filter((weight, index) => masks.get(name)?.[index] !== 0 && Math.round(weight) !== 0).length;
      const [conv, linear] = [left(first), left(last)];
      return 0.5 * (conv * 6 * 8 * 4 + linear * 4 * 6) + 0.5 * (conv * 4 + linear * 6);
    };
    expect(scoreWith(priced, opened, new Map(), "finn-base")).toBe(byHand(new Map()));
    for (const by of ["magnitude", "cost"] as const) {
      for (const scope of ["layer", "global"] as const) {
        for (let target = byHand(new Map()); target > 0; target -= 37) {
          const aim = { kind: "score", value: target } as const;
          const price = (masks: Masks) => scoreWith(priced, opened, masks, "finn-base");
          const masks = masksFor(aim, prunable, { by, scope }, price) ?? new Map<string, Uint8Array>();
          expect(byHand(masks)).toBe(price(masks));
          expect(byHand(masks)).toBeLessThanOrEqual(target);
          const { elements, masksAt } = rankWeights(prunable, { by, scope });
          const fewer = Array.from({ length: elements + 1 }, (_, zeros) => byHand(masksAt(zeros / elements)));
          expect(byHand(masks)).toBe(fewer.find((found) => found <= target));
        }
      }
    }
    await opened.close();
  });

  it.skipIf(!hasGolden)("is the published one for the published weights, also when their zeros are masks", async () => {
    const trainee = await session();
    const gold = loadNetwork(goldenPath("bacalhaunet", "gold_weights.pth"), program);
    putNetwork(trainee, gold);
    const published = { bops: 19_242_864, memWBits: 10_704 };
    expect(measureNetwork(model, trainee)).toMatchObject({ nonZero: 1784, cost: { "finn-base": published } });
    // Pruned again at the last stage's threshold nothing changes but the masks: what is left is larger.
    const masks = masksFor(
      { kind: "minAbs", value: 1e-45 },
      prunableWeights(model, trainee, "finn-base"),
      { by: "magnitude", scope: "layer" },
      () => 0,
    );
    for (const [name, mask] of masks ?? []) trainee.setMask(name, mask);
    settleZeros(trainee);
    expect(measureNetwork(model, trainee)).toMatchObject({ nonZero: 1784, cost: { "finn-base": published } });
    const kept = [...(masks?.values() ?? [])].reduce((sum, mask) => sum + mask.reduce((ones, bit) => ones + bit, 0), 0);
    expect(kept).toBe(1900);
  });
});
