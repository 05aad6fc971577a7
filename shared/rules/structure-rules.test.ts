/** Rules about the structure of a graph: one cause, one finding; where they point, what their fixes write. */
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

describe("concat-mixed-types", () => {
  const text = (joined: string) =>
    model(`
const a = quantReLU(x, { actQuant: uint(4) });
const b = quantReLU(x, { actQuant: uint(6) });
return quantConv1d(${joined}, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });`);
  it("quantises the result", () =>
    checkFix("concat-mixed-types", text("concat([a, b])"), text("quantReLU(concat([a, b]), { actQuant: uint(6) })")));
  it("sees different scales of one type", () =>
    check(
      "concat-mixed-types",
      model(`
const a = quantReLU(x, { actQuant: uint(6) });
const b = quantReLU(x, { actQuant: uint(6) });
return concat([a, b]);
//     ^^^^^^ 2 tensors of SCALEDUINT6 with different scales`),
    ));
  it("accepts branches of one quantiser, and equal fixed scales", () =>
    check(
      "concat-mixed-types",
      model(`
const a = quantReLU(x, { actQuant: uint(6, { scale: 0.5 }) });
const b = quantReLU(x, { actQuant: uint(6, { scale: 0.5 }) });
return concat([maxPool1d(a, { kernelSize: 2 }), maxPool1d(a, { kernelSize: 2 }), maxPool1d(b, { kernelSize: 2 })]);`),
    ));
});

describe("residual-scale-mismatch", () => {
  const text = (sum: string) =>
    model(`
const a = quantReLU(x, { actQuant: uint(4) });
const b = quantReLU(x, { actQuant: uint(6) });
return ${sum};`);
  it("passes both operands through one quantiser", () =>
    checkFix("residual-scale-mismatch", text("add(a, b)"), text("add(a, b, { inputQuant: uint(6) })")));
  it("accepts a tensor added to itself", () => check("residual-scale-mismatch", text("add(a, a)")));
});

describe("add-bit-growth", () => {
  const text = (bits: number) =>
    model(`
x = quantIdentity(x, { actQuant: int(8) });
return add(x, x, { outputQuant: int(${bits}) });`);
  it("is exact with a bit more", () => check("add-bit-growth", text(9)));
  it("says what is lost", () =>
    check(
      "add-bit-growth",
      text(8).replace(
        "});\n  },",
        "});\n    //     ^^^ The exact sum add (add) has 9 bits, but is quantised to 8\n  },",
      ),
    ));
});

describe("quantised-conv-output-before-relu", () => {
  const text = (more: string) =>
    model(`
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6)${more} });
return quantReLU(x, { actQuant: uint(6) });`);
  it("drops the first quantiser", () =>
    checkFix("quantised-conv-output-before-relu", text(", outputQuant: int(8)"), text("")));
});

describe("last-layer-output", () => {
  const text = (more: string) =>
    model(`return quantLinear(flatten(x), { outFeatures: 24, bias: false, weightQuant: int(6)${more} });`);
  it("drops the quantiser", () => checkFix("last-layer-output", text(", outputQuant: int(8)"), text("")));
  it("lets an activation end the model", () =>
    check("last-layer-output", model(`return quantReLU(x, { actQuant: uint(6) });`)));
});

describe("bias-quantiser", () => {
  const text = (more: string) =>
    model(`
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 4, kernelSize: 1, weightQuant: int(6)${more} });`);
  it("adds intBias()", () =>
    checkFix(
      "bias-quantiser",
      text(""),
      text(", biasQuant: intBias()").replace(
        "int, intBias, quantConv1d, quantHardTanh }",
        "int, quantConv1d, quantHardTanh, intBias }",
      ),
    ));
  it("is refused without a quantised input", async () => {
    const { problems } = await analyzeText(
      model(`return quantConv1d(x, { outChannels: 4, kernelSize: 1, weightQuant: int(6), biasQuant: intBias() });`),
      { profile: "finn" },
    );
    expect(problems.find(({ code }) => code === "bias-quantiser")?.severity).toBe("error");
  });
  it("leaves float layers alone", () =>
    check("bias-quantiser", model(`return quantConv1d(x, { outChannels: 4, kernelSize: 1 });`)));
});

describe("bias-before-batchnorm", () => {
  const text = (more: string) =>
    model(`return batchNorm1d(quantConv1d(x, { outChannels: 4, kernelSize: 1, weightQuant: int(6)${more} }));`);
  it("turns the bias off", () => checkFix("bias-before-batchnorm", text(""), text(", bias: false")));
  it("edits what is written", () => checkFix("bias-before-batchnorm", text(", bias: true"), text(", bias: false")));
});

describe("weight-not-quantised", () => {
  const text = (more: string) =>
    model(`
x = quantHardTanh(x, { actQuant: int(8) });
x = quantReLU(quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(5) }), { actQuant: uint(6) });
return quantLinear(flatten(x), { outFeatures: 24, bias: false${more} });`);
  it("suggests the model's usual width", () =>
    checkFix("weight-not-quantised", text(""), text(", weightQuant: int(5)")));
  it("prices multiplications and memory", () =>
    check(
      "weight-not-quantised",
      model(`
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false });
//     ^^^^^^^^^^^ costs +1.57 Mbop = 75 % of all bit-ops and +192 b = 75 % of the weight memory`),
    ));
});

describe("unsupported-op", () => {
  it("says what is at stake, weights included", () =>
    check(
      "unsupported-op",
      model(`
x = quantHardTanh(x, { actQuant: int(8) });
return quantConvTranspose1d(x, { outChannels: 4, kernelSize: 4, stride: 2, bias: false, weightQuant: int(6) });
//     ^^^^^^^^^^^^^^^^^^^^ at least nothing and at most +1.57 Mbop and +192 b of weights`),
    ));
  it("lets customOp state its cost", () =>
    check("unsupported-op", model(`return customOp(x, { name: "Shift", outputShape: x.shape, macs: 0 });`)));
  it("is an error in the challenge only", async () => {
    const text = model(`return pad(quantHardTanh(x, { actQuant: int(8) }), { padding: 1 });`);
    const severity = async (profile: "itu2021" | "finn") =>
      (await analyzeText(text, { profile })).problems.find(({ code }) => code === "unsupported-op")?.severity;
    expect([await severity("itu2021"), await severity("finn")]).toEqual(["error", "warning"]);
  });
});

describe("static-input-shape", () => {
  const text = (inputShape: string, challenge = "challenge: itu2021(),") =>
    modelExample({ inputShape, properties: challenge, forward: "return quantReLU(x, { actQuant: uint(6) });" });
  it("sets the challenge's shape", () => checkFix("static-input-shape", text("[1, 2, 128]"), text("[1, 2, 1024]")));
  it("wants batch 1 without a challenge too", () =>
    checkFix("static-input-shape", text("[4, 2, 128]", ""), text("[1, 2, 128]", "")));
  it("lets models without challenge have any size", () => check("static-input-shape", text("[1, 3, 32, 32]", "")));
});

describe("finn-maxpool-stride", () => {
  const text = (more: string) =>
    model(`return maxPool1d(quantReLU(x, { actQuant: uint(4) }), { kernelSize: 4${more} });`);
  it("leaves the stride out", () =>
    checkFix("finn-maxpool-stride", text(", stride: 2"), text(""), { profile: "finn" }));
  it("minds padding of signed values", () =>
    check(
      "finn-maxpool-stride",
      model(`
return maxPool1d(quantIdentity(x, { actQuant: int(4) }), { kernelSize: 4, padding: 2 });
//     ^^^^^^^^^ pads signed values with 0`),
      { profile: "finn" },
    ));
});

describe("conv-1d-layout", () => {
  it("is one finding for all layers", async () => {
    const text = model(`
x = quantReLU(x, { actQuant: uint(4) });
for (let i = 0; i < 3; i++) x = quantReLU(quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(4) }), { actQuant: uint(4) });
return maxPool1d(x, { kernelSize: 2 });`);
    const found = (await analyzeText(text, { profile: "finn" })).problems.filter(
      ({ code }) => code === "conv-1d-layout",
    );
    expect(found).toHaveLength(1);
    expect(found[0]?.related).toHaveLength(3);
  });
});

describe("hls4ml-merge", () => {
  it("counts tensors and dimensions, and looks at padding", () =>
    check(
      "hls4ml-merge",
      model(`
x = concat([x, x, x]);
//  ^^^^^^ merges 3 tensors
const wide = reshape(x, [1, 2, 3, 32, 32]);
const joined = concat([wide, wide]);
//             ^^^^^^ 4 dimensions where hls4ml handles at most 3
return pad(joined, { padding: 1, value: 2 });
//     ^^^ pads with 2 where hls4ml pads with zeros only`),
      { profile: "hls4ml" },
    ));
});
