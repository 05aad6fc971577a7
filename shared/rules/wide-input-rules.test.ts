/** Rules about multiplications that read a wide input: one cause, one finding; where they point, what their fixes write. */
import { describe, expect, it } from "vitest";
import { analyzeText, check, checkFix } from "../testing/fixture.js";
import { modelExample } from "./support/example.js";

const model = (forward: string) => modelExample({ forward });

/** Codes of the rules that say why a multiplication pays 32 bits for its input. */
const wideInputCodes = [
  ...["input-not-quantised", "mac-input-not-integer", "mac-input-wide", "residual-not-requantised"],
  ...["avgpool-not-requantised", "bn-position", "nonzero-zero-point", "non-uniform-quantiser"],
];

async function causes(forward: string, flavor: "finn-base" | "qonnx" = "finn-base"): Promise<string[]> {
  const { problems } = await analyzeText(model(forward), { flavor });
  return problems.map(({ code }) => code).filter((code) => wideInputCodes.includes(code));
}

describe("a multiplication that reads a wide input", () => {
  const conv = "return quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });";
  it.each([
    ["the model's input", "", ["input-not-quantised"]],
    ["an activation of the model's input", "x = relu(x);", ["input-not-quantised"]],
    ["a quantised input", "x = quantReLU(x, { actQuant: uint(6) });", []],
    [
      "a float activation of quantised values",
      "x = relu(quantIdentity(x, { actQuant: int(8) }));",
      ["mac-input-not-integer"],
    ],
    ["a residual sum", "x = quantIdentity(x, { actQuant: int(8) }); x = add(x, x);", ["residual-not-requantised"]],
    [
      "a residual sum behind a float ReLU",
      "x = quantIdentity(x, { actQuant: int(8) }); x = relu(add(x, x));",
      ["residual-not-requantised"],
    ],
    ["an average", "x = globalAvgPool(quantIdentity(x, { actQuant: int(8) }));", ["avgpool-not-requantised"]],
    [
      "a truncated average",
      "x = quantAvgPool1d(quantIdentity(x, { actQuant: int(8) }), { kernelSize: 4, truncQuant: int(8) });",
      ["avgpool-not-requantised"],
    ],
    ["a batch norm of quantised values", "x = batchNorm1d(quantIdentity(x, { actQuant: int(8) }));", ["bn-position"]],
    ["a gate", "x = quantIdentity(x, { actQuant: int(8) }); x = mul(x, x);", ["mac-input-wide"]],
    ["a zero point", "x = quantIdentity(x, { actQuant: int(8, { zeroPoint: 1 }) });", ["nonzero-zero-point"]],
    ["a codebook", `x = quantIdentity(x, { actQuant: int(8, { levels: "log" }) });`, ["non-uniform-quantiser"]],
    ["a max pool of quantised values", "x = maxPool1d(quantIdentity(x, { actQuant: int(8) }), { kernelSize: 2 });", []],
  ])("has one finding for %s", async (_what, before, expected) => {
    expect(await causes(`${before}\n${conv}`)).toEqual(expected);
    expect(await causes(`${before}\n${conv}`, "qonnx")).toEqual(expected);
  });

  it("is a matter of flavour behind a concatenation and a padding", async () => {
    const padded = `x = pad(quantIdentity(x, { actQuant: int(8) }), { padding: 1 });\n${conv}`;
    expect(await causes(padded)).toEqual(["mac-input-not-integer"]);
    expect(await causes(padded, "qonnx")).toEqual([]);
    const joined = `const y = quantIdentity(x, { actQuant: int(8) });\nx = concat([y, y]);\n${conv}`;
    expect(await causes(joined)).toEqual(["mac-input-not-integer"]);
    expect(await causes(joined, "qonnx")).toEqual([]);
  });
});

describe("residual-not-requantised", () => {
  const block = (sum: string) =>
    model(`
x = quantReLU(x, { actQuant: uint(6) });
for (let block = 0; block < 2; block++) {
  const y = quantReLU(quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(4) });
  x = ${sum};
}
return quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) });`);

  it("says once what a loop does, with the share and the price of all rounds", () =>
    check(
      "residual-not-requantised",
      model(`
x = quantReLU(x, { actQuant: uint(6) });
for (let block = 0; block < 2; block++) {
  const y = quantReLU(quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
  x = add(y, x);
  //  ^^^ Nothing quantises the sum of 2 add layers (add and add_1), so 2 quantConv1d layers (conv_1 and conv_2) are charged 32 bits
}
return quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) });`),
    ));

  it("adds the places up", () =>
    check(
      "residual-not-requantised",
      model(`
x = quantReLU(x, { actQuant: uint(6) });
x = quantConv1d(add(x, x), { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(6) });
//              ^^^ costs +639 kbop = 40.6 % of all bit-ops (score 0.000993 → 0.000597 without); 100 % of all bit-ops come from multiplications that read the model's 2 residual sums, which together cost +1.28 Mbop = 81.3 % (score 0.000993 → 0.000202)
x = quantReLU(x, { actQuant: uint(6) });
return quantConv1d(add(x, x), { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(6) });
//                 ^^^ which together cost +1.28 Mbop`),
    ));

  it("wraps the sum in a ReLU where nothing is negative, as wide as the wider operand", () =>
    checkFix("residual-not-requantised", block("add(y, x)"), block("quantReLU(add(y, x), { actQuant: uint(6) })")));

  it("wraps it in a signed quantiser where something may be", () => {
    const text = (sum: string) =>
      model(`
x = quantHardTanh(x, { actQuant: int(8) });
const y = quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(6), outputQuant: int(5) });
return quantConv1d(${sum}, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) });`);
    return checkFix(
      "residual-not-requantised",
      text("add(y, x)"),
      text("quantIdentity(add(y, x), { actQuant: int(8) })"),
    );
  });

  it("accepts a sum that is quantised by its own option", () =>
    check("residual-not-requantised", block("add(y, x, { outputQuant: uint(6) })")));

  it("quantises behind the ReLU that follows the sum", () => {
    const text = (after: string) =>
      model(`
x = quantHardTanh(x, { actQuant: int(8) });
x = ${after};
return quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) });`);
    return checkFix(
      "residual-not-requantised",
      text("quantReLU(add(x, x))"),
      text("quantReLU(add(x, x), { actQuant: uint(8) })"),
    );
  });
});

describe("input-not-quantised", () => {
  const text = (more: string) =>
    model(`return quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6)${more} });`);
  it("points at the argument", () =>
    check(
      "input-not-quantised",
      model(`
return quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });
//                 ^ Nothing quantises the model's input, so conv (quantConv1d) is charged 32 bits for it instead of 8`),
    ));
  it("adds an input quantiser", () => checkFix("input-not-quantised", text(""), text(", inputQuant: int(8)")));
});

describe("mac-input-not-integer", () => {
  it("quantises what the float comes from", () => {
    const text = (relu: string) =>
      model(`
x = quantHardTanh(x, { actQuant: int(8) });
for (const outChannels of [4, 8]) {
  x = quantConv1d(x, { outChannels, kernelSize: 3, bias: false, weightQuant: int(6) });
  x = ${relu};
}
return quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });`);
    return checkFix(
      "mac-input-not-integer",
      text("quantReLU(batchNorm1d(x))"),
      text("quantReLU(batchNorm1d(x), { actQuant: uint(8) })"),
    );
  });

  it("keeps findings apart that need different fixes", async () => {
    const { problems } = await analyzeText(
      model(`
x = quantHardTanh(x, { actQuant: int(8) });
for (const last of [false, true]) {
  x = quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false, weightQuant: int(6) });
  x = last ? x : sigmoid(x);
}
x = selu(x);
for (const size of [1, 1]) x = quantConv1d(x, { outChannels: 4, kernelSize: size, bias: false, weightQuant: int(6) });
return x;`),
    );
    expect(problems.filter(({ code }) => code === "mac-input-not-integer")).toHaveLength(2);
  });
});

describe("avgpool-not-requantised", () => {
  const text = (options: string) =>
    model(`
x = quantHardTanh(x, { actQuant: int(8) });
x = quantAvgPool1d(x, { kernelSize: 4${options} });
return quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });`);
  it("sets the pool's own quantiser", () => checkFix("avgpool-not-requantised", text(""), text(", actQuant: int(8)")));
  it("leaves the quantiser of what is averaged alone", async () => {
    const average = (before: string, pool: string) =>
      model(`
${before}x = flatten(${pool});
return quantLinear(x, { outFeatures: 4, bias: false, weightQuant: int(6) });`);
    const constant = "const y = quantReLU(x, { actQuant: uint(8) });\n";
    const nested = "quantReLU(x, { actQuant: uint(8) })";
    await checkFix(
      "avgpool-not-requantised",
      average(constant, "globalAvgPool(y)"),
      average(constant, "globalAvgPool(y, { actQuant: uint(8) })"),
    );
    await checkFix(
      "avgpool-not-requantised",
      average("", `globalAvgPool(${nested})`),
      average("", `globalAvgPool(${nested}, { actQuant: uint(8) })`),
    );
  });
  it("is content with a ReLU in front of the quantiser", () =>
    check(
      "avgpool-not-requantised",
      model("return quantReLU(globalAvgPool(quantHardTanh(x, { actQuant: int(8) })), { actQuant: uint(8) });"),
      { profile: "finn" },
    ));
  it("accepts FINN's pattern for FINN only", async () => {
    await check("avgpool-not-requantised", text(", truncQuant: int(8)"), { profile: "finn" });
    const { problems } = await analyzeText(text(", truncQuant: int(8)"));
    expect(problems.map(({ code }) => code)).toContain("avgpool-not-requantised");
  });
  it("asks FINN users for it also where nothing multiplies the mean", () =>
    check(
      "avgpool-not-requantised",
      model(`
return globalAvgPool(quantHardTanh(x, { actQuant: int(8) }));
//     ^^^^^^^^^^^^^ where FINN needs a quantiser`),
      { profile: "finn" },
    ));
});

describe("bn-position", () => {
  const text = (norm: string) =>
    model(`
x = quantHardTanh(x, { actQuant: int(8) });
x = ${norm};
return quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });`);
  it("quantises the batch norm", () =>
    checkFix("bn-position", text("batchNorm1d(x)"), text("quantIdentity(batchNorm1d(x), { actQuant: int(8) })")));
});

describe("mac-input-wide", () => {
  it("points at what accumulates", () =>
    check(
      "mac-input-wide",
      model(`
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });
//  ^^^^^^^^^^^ Nothing quantises the accumulator of conv (quantConv1d), so conv_1 (quantConv1d) is charged
return quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });`),
    ));
});
