import { describe, expect, it } from "vitest";
import { computeCost } from "../cost/cost.js";
import type { CostChange } from "../cost/types.js";
import type { Problem } from "../problems.js";
import { locate } from "../sandbox/locate.js";
import { analyzeText } from "../testing/fixture.js";
import { runRules } from "./engine.js";
import { modelExample } from "./support/example.js";

const model = modelExample({
  forward: "return quantConv1d(x, { outChannels: 4, kernelSize: 1, weightQuant: int(6), biasQuant: intBias() });",
});

async function severityOf(code: string, options: Parameters<typeof analyzeText>[1] = {}): Promise<string | undefined> {
  return (await analyzeText(model, options)).problems.find((problem) => problem.code === code)?.severity;
}

describe("severities", () => {
  it("come from the profile", async () => {
    expect(await severityOf("input-not-quantised")).toBe("warning");
    expect(await severityOf("input-not-quantised", { profile: "finn" })).toBe("error");
  });

  it("are overridden per code", async () => {
    expect(await severityOf("input-not-quantised", { severities: { "input-not-quantised": "hint" } })).toBe("hint");
    expect(await severityOf("input-not-quantised", { severities: { "input-not-quantised": "off" } })).toBeUndefined();
  });

  it("switch on what the profile leaves out", async () => {
    expect(await severityOf("conv-1d-layout")).toBeUndefined();
    expect(await severityOf("conv-1d-layout", { severities: { "conv-1d-layout": "info" } })).toBe("info");
  });

  it("can be a finding's own, unless the user decides", async () => {
    expect(await severityOf("bias-quantiser", { profile: "finn" })).toBe("error");
    expect(await severityOf("bias-quantiser", { profile: "finn", severities: { "bias-quantiser": "info" } })).toBe(
      "info",
    );
  });
});

describe("prices", () => {
  it("are differences of the cost and of the score", async () => {
    const { problems, cost, baseline } = await analyzeText(model);
    const price = problems.find(({ code }) => code === "input-not-quantised")?.price;
    // 2 * 4 * 1,024 MACs with weights of 6 bits, at 8 instead of 32 bits.
    expect(price).toMatchObject({ bops: 8192 * 6 * 24, memWBits: 0 });
    expect(price?.score).toBeCloseTo((0.5 * 8192 * 6 * 24) / baseline.bops, 15);
    expect(cost?.totals.bops).toBe(8192 * 6 * 32);
  });

  it("are told apart where one multiplication has two wide operands", async () => {
    const wide = modelExample({
      forward:
        "x = quantHardTanh(x, { actQuant: int(16) });\nreturn quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(12) });",
    });
    const prices = (await analyzeText(wide)).problems
      .filter(({ code }) => code === "wide-quantiser")
      .map(({ price }) => price?.bops);
    expect(prices).toEqual([8192 * 12 * (16 - 8), 8192 * 16 * (12 - 8)]);
  });
});

describe("places", () => {
  const rows = modelExample({
    forward: `
const rows = [{ outChannels: 4, bias: true }, { outChannels: 8, bias: true }];
for (const row of rows) x = batchNorm1d(quantConv1d(x, { ...row, kernelSize: 1, weightQuant: int(6) }));
return x;`,
  });

  it("are calls, or the config rows that options stand in where these can be located", async () => {
    const { graph, cost, baseline, program, definition } = await analyzeText(rows);
    const context = {
      ...{
        graph: graph!,
        definition: definition!,
        cost: cost!,
        baseline,
        profile: "itu2021" as const,
        hasWeights: false,
      },
      whatIf: (changes: readonly CostChange[]) =>
        computeCost(graph!, { flavor: "finn-base", discountSparsity: false, changes }),
    };
    const count = (problems: readonly Problem[]) =>
      problems.filter(({ code }) => code === "bias-before-batchnorm").length;
    expect(count(runRules(context, {}))).toBe(1);
    expect(count(runRules({ ...context, placeOf: (target) => JSON.stringify(locate(program!, target)) }, {}))).toBe(2);
  });
});
