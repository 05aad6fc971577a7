/** Widths of accumulators, and hints about cost. */
import { describe, expect, it } from "vitest";
import { analyzeText, check, checkFix } from "../testing/fixture.js";
import { neededBits } from "./support/accumulator.js";
import { modelExample } from "./support/example.js";
import { sumBits } from "./avgpool-accumulator.js";

const model = (forward: string) => modelExample({ forward });

async function messages(
  code: string,
  forward: string,
  options: Parameters<typeof analyzeText>[1] = {},
): Promise<string[]> {
  const { problems } = await analyzeText(model(forward), options);
  return problems.filter((problem) => problem.code === code).map(({ message }) => message);
}

describe("accumulator-width", () => {
  it("is Brevitas's worst case", async () => {
    // ceil(log2((2^8 - 1) * (2^6 - 2) * 2 * 27)) = ceil(log2(853,740)) = 20
    const conv =
      "x = quantHardTanh(x, { actQuant: int(8) });\nreturn quantConv1d(x, { outChannels: 4, kernelSize: 27, bias: false, weightQuant: int(6) });";
    expect(await messages("accumulator-width", conv)).toEqual([
      "The accumulator of conv (quantConv1d) needs at most 20 bits.",
    ]);
  });
  it("counts a bias as one bit more than the wider of both", async () => {
    const linear = (bits: number) =>
      `x = flatten(quantHardTanh(x, { actQuant: int(8) }));\nreturn quantLinear(x, { outFeatures: 4, weightQuant: int(6), biasQuant: int(${bits}) });`;
    // ceil(log2(255 * 62 * 2048)) = 25
    expect(await messages("accumulator-width", linear(8))).toEqual([
      "The accumulator of linear (quantLinear) needs at most 26 bits.",
    ]);
    expect(await messages("accumulator-width", linear(30))).toEqual([
      "The accumulator of linear (quantLinear) needs at most 31 bits.",
    ]);
  });
  it("says what holds every sum where Brevitas's formula does not", async () => {
    const linear = (weightQuant: string, inFeatures: number) =>
      `x = quantReLU(globalAvgPool(quantConv1d(quantHardTanh(x, { actQuant: int(8) }), { outChannels: ${inFeatures}, kernelSize: 1, bias: false, weightQuant: int(6) })), { actQuant: uint(2) });
return quantLinear(flatten(x), { outFeatures: 4, bias: false, weightQuant: ${weightQuant} });`;
    const found = async (weightQuant: string, inFeatures: number) =>
      (await messages("accumulator-width", linear(weightQuant, inFeatures))).at(-1);
    // -3 * 8 .. 3 * 8: 24 is 2^5 without a sign.
    expect(await found("binary()", 8)).toBe(
      "The accumulator of linear (quantLinear) needs at most 5 bits by Brevitas's formula, which is too small here: 6 bits hold every sum.",
    );
    // -2 * 3 * 3 = -18 does not fit 5 bits.
    expect(await found("int(2, { narrow: false })", 3)).toBe(
      "The accumulator of linear (quantLinear) needs at most 5 bits by Brevitas's formula, which is too small here: 6 bits hold every sum.",
    );
    expect(await found("int(2)", 3)).toBe("The accumulator of linear (quantLinear) needs at most 5 bits.");
  });
  it("names those of several layers for which the formula is too small", async () => {
    const [message] = await messages(
      "accumulator-width",
      `
x = quantReLU(x, { actQuant: uint(2) });
for (const outChannels of [6, 4]) {
  x = quantConv1d(x, { outChannels, kernelSize: 1, bias: false, weightQuant: int(2, { narrow: false }) });
  x = quantReLU(x, { actQuant: uint(2) });
}
return x;`,
    );
    // -2 * 3 * 6 = -36 does not fit 6 bits.
    expect(message).toBe(
      "The accumulator of 2 quantConv1d layers (conv and conv_1) needs at most 5 to 6 bits by Brevitas's formula, which is too small here: 7 bits hold every sum of conv_1 (quantConv1d).",
    );
  });
  it("gives the range of several executions", () =>
    check(
      "accumulator-width",
      model(`
x = quantHardTanh(x, { actQuant: int(8) });
for (const outChannels of [4, 32]) {
  x = quantConv1d(x, { outChannels, kernelSize: 1, bias: false, weightQuant: int(6) });
  //  ^^^^^^^^^^^ The accumulator of 2 quantConv1d layers (conv and conv_1) needs at most 15 to 16 bits.
  x = quantReLU(x, { actQuant: uint(8) });
}
return x;`),
    ));
});

describe("accumulator-needed", () => {
  const linear =
    "x = flatten(quantHardTanh(x, { actQuant: int(8) }));\nreturn quantLinear(x, { outFeatures: 4, bias: false, weightQuant: int(6) });";
  it("takes the place of the worst case once there are weights", async () => {
    expect(await messages("accumulator-width", linear, { weights: true })).toEqual([]);
    expect(await messages("accumulator-needed", linear, { weights: true })).toHaveLength(1);
    expect(await messages("accumulator-needed", linear)).toEqual([]);
  });
  it("is exact at the limits of two's complement", () => {
    const sums = (positive: number, negative: number) => [{ positive, negative }];
    expect(neededBits(sums(1, 0), "UINT1")).toBe(1);
    expect(neededBits(sums(127, 0), "BINARY")).toBe(7);
    expect(neededBits(sums(128, 0), "BINARY")).toBe(8);
    // 524 * 128 = 67,072: the classifier of the challenge's winner.
    expect(neededBits(sums(300, -224), "SCALEDINT8")).toBe(18);
    expect(neededBits(sums(0, -1), "UINT7")).toBe(8);
    expect(neededBits(sums(0, -1), "UINT8")).toBe(9);
    // -128 fits 8 bits, +128 does not.
    expect(neededBits(sums(1, 0), "INT8")).toBe(8);
    expect(neededBits(sums(0, -1), "INT8")).toBe(9);
    expect(neededBits(sums(0, 0), "INT8")).toBe(1);
  });
});

describe("accumulator-overflow-32 and accumulator-float-exact", () => {
  const linear = (input: number, weight: number) =>
    `x = flatten(quantHardTanh(x, { actQuant: int(${input}) }));\nreturn quantLinear(x, { outFeatures: 4, bias: false, weightQuant: int(${weight}) });`;
  it.each([
    // 2,048 products of a-bit inputs and w-bit weights: a + w + 11 bits.
    [6, 7, 0, 0],
    [7, 7, 1, 0],
    [10, 11, 1, 0],
    [11, 11, 0, 1],
  ])("at %i by %i bits", async (input, weight, floats, overflows) => {
    expect(await messages("accumulator-float-exact", linear(input, weight))).toHaveLength(floats);
    expect(await messages("accumulator-overflow-32", linear(input, weight))).toHaveLength(overflows);
  });
});

describe("a2q-bound and a2q-plus-bound", () => {
  const linear = (bits: number) =>
    `x = flatten(quantHardTanh(x, { actQuant: int(${bits}) }));\nreturn quantLinear(x, { outFeatures: 4, bias: false, weightQuant: int(${bits}) });`;
  it("are judged per output channel, zero-centred ones by their own bound", async () => {
    const [bound] = await messages("a2q-bound", linear(16), { weights: true });
    // Channel 0 is all zeros, channel 1 zero-centred: two are left. (2^31 - 1) * 2^(1 - 16) = 65,535.97
    expect(bound).toMatch(/^The weights of 2 of 4 output channels .* where at most 65,535 fit/);
    const [plus] = await messages("a2q-plus-bound", linear(16), { weights: true });
    // 2,048 weights of ±32,767; (2^32 - 2) / (2^16 - 1) = 65,536.98
    expect(plus).toContain("67,106,816 in magnitude where at most 65,536 fit");
  });
  it("are kept by 8 bits", async () => {
    expect(await messages("a2q-bound", linear(8), { weights: true })).toEqual([]);
    expect(await messages("a2q-plus-bound", linear(8), { weights: true })).toEqual([]);
  });
});

describe("avgpool-accumulator", () => {
  it("is the bit length of the largest sum", () => {
    expect(sumBits(1, 1)).toBe(1);
    expect(sumBits(4, 16)).toBe(8);
    // 255 * 257 = 65,535 is the largest 16-bit number.
    expect(sumBits(8, 257)).toBe(16);
    expect(sumBits(8, 258)).toBe(17);
  });
});

describe("free-zeros", () => {
  it("tells rounding from pruning, and finds empty channels", async () => {
    const conv =
      "x = quantHardTanh(x, { actQuant: int(8) });\nreturn quantConv1d(x, { outChannels: 3, kernelSize: 13, bias: false, weightQuant: int(2) });";
    // Channel 0: 26 zeros. Channel 1: ±1. Channel 2: k/13 for k = 0..12, twice; up to 6/13 rounds to 0 and 0 is 0 already.
    expect(await messages("free-zeros", conv, { weights: true })).toEqual([
      "40 of 78 weights of conv (quantConv1d) are 0 after quantising, 12 of them by rounding, and cost nothing in the score; 1 output channel of only zeros can be removed.",
    ]);
  });
});

describe("dense-layer-dominates", () => {
  it("needs several layers to compare", async () => {
    const linear =
      "x = flatten(quantHardTanh(x, { actQuant: int(8) }));\nreturn quantLinear(x, { outFeatures: 4, bias: false, weightQuant: int(6) });";
    expect(await messages("dense-layer-dominates", linear)).toEqual([]);
  });
});

describe("pointwise-vs-depthwise", () => {
  it("prices the pair", async () => {
    const conv =
      "x = quantHardTanh(x, { actQuant: int(8) });\nreturn quantConv1d(x, { outChannels: 10, kernelSize: 5, padding: 2, bias: false, weightQuant: int(8) });";
    // 2 * 10 * 5 = 100 products against 2 * 5 + 2 * 10 = 30, times 1,024 positions and 64 bits.
    expect(await messages("pointwise-vs-depthwise", conv)).toEqual([
      expect.stringContaining(
        "would take 1.97 Mbop instead of 6.55 Mbop: costs +4.59 Mbop = 70 % of all bit-ops and +560 b = 70 % of the weight memory",
      ),
    ]);
  });
});

describe("stride-early", () => {
  const net = (stride: string) => `
x = quantHardTanh(x, { actQuant: int(8) });
for (const stride of [${stride}]) {
  x = quantConv1d(x, { outChannels: 8, kernelSize: 3, padding: 1, stride, bias: false, weightQuant: int(8) });
  x = quantReLU(x, { actQuant: uint(8) });
}
return x;`;
  it("prices what stands between two strides", async () => {
    // The second of three layers, 8 * 8 * 3 * 1,024 MACs of 64 bits, would halve; so would the first, 2 * 8 * 3.
    expect(await messages("stride-early", net("1, 1, 2"))).toEqual([expect.stringContaining("costs +7.86 Mbop")]);
    expect(await messages("stride-early", net("2, 1, 1"))).toEqual([]);
  });
  it("leaves a pool over everything where it is", async () => {
    expect(await messages("stride-early", `${net("1, 1").replace("return x;", "")}return globalMaxPool(x);`)).toEqual(
      [],
    );
  });
});

describe("budget-exceeded", () => {
  const text = (budget: string, more = "") =>
    modelExample({
      properties: `budget: ${budget},${more}`,
      forward:
        "x = flatten(quantHardTanh(x, { actQuant: int(8) }));\nreturn quantLinear(x, { outFeatures: 4, bias: false, weightQuant: int(6) });",
    });
  it("judges each of the three", async () => {
    const found = async (budget: string) =>
      (await analyzeText(text(budget))).problems
        .filter(({ code }) => code === "budget-exceeded")
        .map(({ message }) => message);
    expect(await found("{ score: 0.001, bops: 1e5, memWBits: 49152 }")).toEqual([
      expect.stringMatching(
        /^The score 0\.0\d+ is .* above the budget of 0\.001; make the model cheaper, or raise the budget\.$/,
      ),
      "The cost of 393 kbop is 293 % above the budget of 100 kbop; make the model cheaper, or raise the budget.",
    ]);
  });
  it("is information while the recipe is to prune and no weights are selected", async () => {
    const recipe = "\nrecipe: [prune({ minAbs: 0.1 })],";
    const severity = async (weights: boolean) =>
      (await analyzeText(text("{ bops: 1000 }", recipe), { weights })).problems.find(
        ({ code }) => code === "budget-exceeded",
      )?.severity;
    expect([await severity(false), await severity(true)]).toEqual(["info", "warning"]);
  });
  it("points at the budget", () =>
    check(
      "budget-exceeded",
      text("{ bops: 1e5 }").replace("budget: { bops: 1e5 },", "budget: { bops: 1e5 },\n//          ^^^^^^^^^ 393 kbop"),
    ));
});

describe("split-changed", () => {
  const text = (data: string) =>
    modelExample({
      properties: `challenge: itu2021(),\ndata: radioml2018(${data}),`,
      forward: "return quantReLU(x, { actQuant: uint(6) });",
    });
  it("takes the option out", () =>
    checkFix("split-changed", text("{ minSnr: -6, split: { seed: 7 } }"), text("{ minSnr: -6 }")));
  it("accepts the prescribed split, spelt out", () =>
    check("split-changed", text("{ split: { seed: 2018, testFraction: 0.1 } }")));
  it("wants all modulations and all frames in the test", async () => {
    const { problems } = await analyzeText(text(`{ minSnr: 0, modClasses: ["BPSK", "QPSK"], filterTestset: true }`));
    expect(problems.filter(({ code }) => code === "split-changed").map(({ message }) => message)).toEqual([
      "The test has only 2 of the 24 modulations, so a submission with this accuracy is invalid; leave modClasses out.",
      "The test leaves out frames below minSnr, so a submission with this accuracy is invalid; leave filterTestset out.",
    ]);
  });
});
