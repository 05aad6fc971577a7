import { describe, expect, it } from "vitest";
import bacalhaunet from "../../../examples/bacalhaunet/bacalhaunet.model.js";
import { baselines } from "../../../shared/cost/baselines.js";
import { graphFromJson } from "../../../shared/graph/graph.js";
import { goldenPath, hasGolden } from "../../../shared/testing/golden.js";
import { loadNetwork } from "../../import/load-network.js";
import type { Session } from "../backend.js";
import { initialize } from "../initialize.js";
import { lowerProgram } from "../lower/lower.js";
import type { TrainProgram } from "../program.js";
import { masksFor } from "../prune/aim.js";
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
