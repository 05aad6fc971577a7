import { describe, expect, it } from "vitest";
import { analyzeText } from "../testing/fixture.js";

const model = (forward: string, extra = "") =>
  `import { defineModel, int, uint, quantConv1d, quantReLU, quantIdentity } from "quantlens";
export default defineModel({ name: "M", input: { shape: [1, 4, 32] }, forward(x) {
${forward}
}${extra} });
`;

describe("analysis of a model file", () => {
  it("gives cost, score and no problems for a clean model", async () => {
    const analysis = await analyzeText(
      model(`x = quantIdentity(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 8, kernelSize: 3, bias: false, weightQuant: int(4) });`),
    );
    // 8 outputs x 4 inputs x 3 taps at 30 positions, 8 x 4 bits each.
    expect(analysis.cost?.totals.bops).toBe(8 * 4 * 3 * 30 * 8 * 4);
    expect(analysis.cost?.totals.memWBits).toBe(8 * 4 * 3 * 4);
    expect(analysis.score).toBeCloseTo((0.5 * 92_160) / 807_699_904 + (0.5 * 384) / 1_244_936, 12);
    expect(analysis.problems.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("keeps what the DSL found, with a fix, and costs the best guess", async () => {
    const analysis = await analyzeText(
      model(`x = quantIdentity(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 8, kernelSize: 3, groups: 3, bias: false, weightQuant: int(4) });`),
    );
    const problem = analysis.problems.find(({ code }) => code === "group-divisibility");
    expect(problem?.severity).toBe("error");
    expect(problem?.fixes?.length).toBeGreaterThan(0);
    expect(analysis.cost).toBeDefined();
  });

  it("leaves out what a comment switches off, and nothing else", async () => {
    const lines = (comment: string) =>
      model(`${comment}
return quantConv1d(x, { outChannels: 8, kernelSize: 3, bias: false, weightQuant: int(4) });`);
    const codes = async (text: string) => (await analyzeText(text)).problems.map(({ code }) => code);
    const all = await codes(lines("// nothing"));
    expect(all).toContain("input-not-quantised");
    expect(await codes(lines("// quantlens-disable-next-line input-not-quantised"))).toEqual(
      all.filter((code) => code !== "input-not-quantised"),
    );
    expect(await codes(lines("// quantlens-disable-next-line accumulator-width"))).toContain("input-not-quantised");
  });

  it("has no cost but a located problem when the file does not run", async () => {
    const analysis = await analyzeText(model(`throw new Error("stop");`));
    expect(analysis.cost).toBeUndefined();
    expect(analysis.problems).toHaveLength(1);
    expect(analysis.problems[0]?.target.kind).toBe("range");
  });
});
