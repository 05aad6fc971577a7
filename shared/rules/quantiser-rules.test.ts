/** Rules about how quantisers are defined: where they point, what they say, what their fixes write. */
import { describe, it } from "vitest";
import { check, checkFix } from "../testing/fixture.js";
import { modelExample } from "./support/example.js";

const model = (forward: string) => modelExample({ forward });

/** A convolution whose weight quantiser is the text. */
const withWeight = (weight: string) =>
  model(`
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false, weightQuant: ${weight} });`);

describe("nonzero-zero-point", () => {
  it("points at the option and prices the float that results", () =>
    check(
      "nonzero-zero-point",
      model(`
x = quantHardTanh(x, { actQuant: int(8, { zeroPoint: -25 }) });
//                                        ^^^^^^^^^^^^^^ the zero point -25 where only 0 is allowed
return quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });`),
    ));

  it("follows a constant to where it is written", () =>
    check(
      "nonzero-zero-point",
      model(`
const options = { zeroPoint: 3 };
//                ^^^^^^^^^^^^ costs +5.10 Mbop = 81.3 % of all bit-ops and +624 b = 81.3 % of the weight memory
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false, weightQuant: int(6, options) });`),
    ));

  it("says once what a helper does in every round", () =>
    check(
      "nonzero-zero-point",
      model(`
for (const outChannels of [2, 4]) {
  x = quantConv1d(x, { outChannels, kernelSize: 1, bias: false, weightQuant: int(6, { zeroPoint: 1 }) });
  //                                                                                  ^^^^^^^^^^^^ 2 quantConv1d layers (conv and conv_1)
}
return x;`),
    ));

  it("takes the option out", () =>
    checkFix(
      "nonzero-zero-point",
      withWeight("int(6, { zeroPoint: 3, narrow: true })"),
      withWeight("int(6, { narrow: true })"),
    ));
});

describe("non-uniform-quantiser", () => {
  it("is priced at the width that the quantiser has", () =>
    check(
      "non-uniform-quantiser",
      model(`
x = quantHardTanh(x, { actQuant: int(8) });
const weightQuant = int(2, { levels: "log" });
//                           ^^^^^^^^^^^^^ costs +5.89 Mbop = 93.8 %
return quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false, weightQuant });`),
    ));
  it("points at the levels", () =>
    check(
      "non-uniform-quantiser",
      model(`
x = quantHardTanh(x, { actQuant: int(4, { levels: [-1, 0, 2] }) });
//                                        ^^^^^^^^^^^^^^^^^^ levels that are not equally spaced
return quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false, weightQuant: int(6) });`),
    ));
  it("takes the levels out", () =>
    checkFix(
      "non-uniform-quantiser",
      withWeight(`int(6, { levels: "log", narrow: true })`),
      withWeight("int(6, { narrow: true })"),
    ));
});

describe("one-bit-needs-bipolar", () => {
  it("writes binary()", () =>
    checkFix(
      "one-bit-needs-bipolar",
      withWeight("int(1)"),
      withWeight("binary()")
        .replace("import { binary, defineModel, int, ", "import { defineModel, int, ")
        .replace(" }", ", binary }"),
    ));
  it("is silent about unsigned bits", () => check("one-bit-needs-bipolar", withWeight("uint(1)")));
});

describe("bipolar-scale-not-one", () => {
  it("is about activations and weights for FINN", () =>
    checkFix("bipolar-scale-not-one", withWeight("binary({ scale: 0.5 })"), withWeight("binary({ scale: 1 })"), {
      profile: "finn",
    }));
  it("does not mind a Quant node of one bit in the challenge", () =>
    check("bipolar-scale-not-one", withWeight("binary()")));
});

describe("scale-granularity", () => {
  it("accepts a scale per output channel of a weight, transposed or not", () =>
    check(
      "scale-granularity",
      model(`
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false, weightQuant: int(6, { granularity: "channel" }) });
return quantLinear(x, { outFeatures: 8, bias: false, weightQuant: int(6, { granularity: "channel" }) });`),
    ));
  it("wants one scale for activations", () =>
    check(
      "scale-granularity",
      model(`
return quantReLU(x, { actQuant: uint(6, { granularity: "channel" }) });
//                                        ^^^^^^^^^^^^^^^^^^^^^^ 2 scales, one per channel`),
    ));
});

describe("depthwise-per-tensor-low-bits", () => {
  const depthwise = (quantizer: string) =>
    model(
      `return quantConv1d(x, { outChannels: 4, kernelSize: 3, groups: 2, bias: false, weightQuant: ${quantizer} });`,
    );
  it("offers a scale per channel", () =>
    checkFix("depthwise-per-tensor-low-bits", depthwise("int(4)"), depthwise(`int(4, { granularity: "channel" })`)));
  it("is content with 5 bits", () => check("depthwise-per-tensor-low-bits", depthwise("int(5)")));
});

describe("scale-not-power-of-two", () => {
  it("asks only fixed-point targets", async () => {
    await check("scale-not-power-of-two", withWeight("int(6)"));
    const fixed = (input: string, weight: string) =>
      model(`
x = quantHardTanh(x, { actQuant: ${input} });
return quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false, weightQuant: ${weight} });`);
    const options = { profile: "hls4ml" } as const;
    await checkFix(
      "scale-not-power-of-two",
      fixed("int(8, { scale: 0.3 })", "int(6, { powerOfTwo: true })"),
      fixed("int(8, { scale: 0.5 })", "int(6, { powerOfTwo: true })"),
      options,
    );
    await checkFix(
      "scale-not-power-of-two",
      fixed("int(8, { scale: 0.5 })", "int(6)"),
      fixed("int(8, { scale: 0.5 })", "int(6, { powerOfTwo: true })"),
      options,
    );
  });
});

describe("weights-not-narrow", () => {
  it("names the range", () =>
    check(
      "weights-not-narrow",
      model(`
return quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false, weightQuant: int(4, { narrow: false }) });
//                                                                                        ^^^^^^^^^^^^^ has the range -8..7`),
    ));
  it("sets narrow", () =>
    checkFix("weights-not-narrow", withWeight("int(4, { narrow: false })"), withWeight("int(4, { narrow: true })")));
  it("has nothing against unsigned weights", () => check("weights-not-narrow", withWeight("uint(4)")));
});

describe("narrow-unsigned", () => {
  it("takes narrow out", () => {
    const relu = (quantizer: string) => model(`return quantReLU(x, { actQuant: ${quantizer} });`);
    return checkFix(
      "narrow-unsigned",
      relu("uint(6, { powerOfTwo: true, narrow: true })"),
      relu("uint(6, { powerOfTwo: true })"),
    );
  });
});

describe("rounding-mode", () => {
  const floored = withWeight(`int(6, { rounding: "floor", powerOfTwo: true })`);
  it("lets hls4ml round down", () => check("rounding-mode", floored, { profile: "hls4ml" }));
  it("lets nobody else", async () => {
    for (const profile of ["itu2021", "finn", "qcdq"] as const) {
      await checkFix("rounding-mode", floored, withWeight("int(6, { powerOfTwo: true })"), { profile });
    }
  });
});

describe("bit-width-range", () => {
  it("writes another quantiser for one that has no width to set", () =>
    checkFix(
      "bit-width-range",
      withWeight("binary()"),
      withWeight("binary()").replace("weightQuant: binary()", "weightQuant: int(2)"),
      { profile: "qcdq" },
    ));
  it("refuses what QCDQ cannot hold", () =>
    checkFix("bit-width-range", withWeight("int(12)"), withWeight("int(8)"), { profile: "qcdq" }));
  it("refuses one bit for QCDQ", () =>
    checkFix("bit-width-range", withWeight("int(1)"), withWeight("int(2)"), { profile: "qcdq" }));
  it("counts FINN's thresholds", () =>
    check(
      "bit-width-range",
      model(`
x = quantReLU(x, { actQuant: uint(6) });
//                                ^ 2^6 - 1 thresholds
return quantReLU(x, { actQuant: uint(9) });
//                                   ^ FINN takes at most 8`),
      { profile: "finn" },
    ));
});

describe("wide-quantiser", () => {
  it("says what the bits above 8 cost", () =>
    check(
      "wide-quantiser",
      model(`
x = quantHardTanh(x, { actQuant: int(16) });
//                                   ^^ 16 bits where 8 usually reach float accuracy: costs +786 kbop = 50 % of all bit-ops
return quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) });`),
    ));
  it("does not mind bits that nothing multiplies", () =>
    check("wide-quantiser", model(`return quantReLU(x, { actQuant: uint(16) });`)));
  it("edits a number behind a constant", () => {
    const text = (bits: number) =>
      model(`
const bits = ${bits};
x = quantHardTanh(x, { actQuant: int(bits) });
return quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) });`);
    return checkFix("wide-quantiser", text(12), text(8));
  });
});

describe("relu-signed-quantiser", () => {
  const relu = (quantizer: string) =>
    model(`
x = quantReLU(x, { actQuant: ${quantizer} });
return quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) });`);
  it("offers the same values with a bit less, and keeps options", () =>
    checkFix("relu-signed-quantiser", relu("int(6, { powerOfTwo: true })"), relu("uint(5, { powerOfTwo: true })")));
  it("leaves a shared quantiser to the weights", () => {
    const text = (actQuant: string) =>
      model(`
const q = int(6);
x = quantReLU(x, { actQuant: ${actQuant} });
return quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: q });`);
    return checkFix("relu-signed-quantiser", text("q"), text("uint(5)"));
  });
  it("prices the unused bit", () =>
    check(
      "relu-signed-quantiser",
      model(`
x = quantReLU(x, { actQuant: int(6) });
//                           ^^^ costs +98.3 kbop = 16.7 % of all bit-ops
return quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) });`),
    ));
});

describe("identity-unsigned-quantiser", () => {
  it("writes quantReLU, which gives the same values", () => {
    const text = (callee: string) => model(`return ${callee}(batchNorm1d(x), { actQuant: uint(6) });`);
    return checkFix(
      "identity-unsigned-quantiser",
      text("quantIdentity"),
      text("quantReLU").replace(
        "{ batchNorm1d, defineModel, quantReLU, uint }",
        "{ batchNorm1d, defineModel, quantIdentity, uint, quantReLU }",
      ),
    );
  });
  it("knows what cannot be negative", () =>
    check(
      "identity-unsigned-quantiser",
      model(`
const y = quantReLU(x, { actQuant: uint(6) });
return quantIdentity(maxPool1d(add(y, relu(x)), { kernelSize: 2 }), { actQuant: uint(6) });`),
    ));
  it("is stricter for FINN", () =>
    check(
      "identity-unsigned-quantiser",
      model(`
const y = relu(x);
return quantIdentity(add(y, y), { actQuant: uint(6) });
//                                          ^^^^ where FINN expects int(6)`),
      { profile: "finn" },
    ));
});

describe("requantise-fc-input", () => {
  it("drops the wider quantiser", () => {
    const text = (more: string) =>
      model(`
x = flatten(quantReLU(x, { actQuant: uint(6) }));
return quantLinear(x, { outFeatures: 4, bias: false, weightQuant: int(6)${more} });`);
    return checkFix("requantise-fc-input", text(", inputQuant: int(8)"), text(""));
  });
  it("lets the operands of a sum share a wider one", () =>
    check(
      "requantise-fc-input",
      model(`
const a = quantReLU(x, { actQuant: uint(4) });
const b = quantReLU(x, { actQuant: uint(6) });
return add(a, b, { inputQuant: uint(6) });`),
    ));
  it("unwraps a layer that is only a quantiser", () => {
    const text = (input: string) =>
      model(`
x = quantReLU(x, { actQuant: uint(6) });
return quantConv1d(${input}, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });`);
    return checkFix(
      "requantise-fc-input",
      text("quantIdentity(x, { actQuant: int(8) })"),
      text("x").replace("quantConv1d, quantReLU", "quantConv1d, quantIdentity, quantReLU"),
    );
  });
});

describe("over-wide-input", () => {
  it("speaks of one bit as one", () => {
    const text = (bits: number) =>
      model(`
x = quantHardTanh(x, { actQuant: int(${bits}) });
x = quantReLU(quantConv1d(x, { outChannels: 4, kernelSize: 3, bias: false, weightQuant: int(6) }), { actQuant: uint(1) });
return quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });`);
    return checkFix("over-wide-input", text(8), text(1), { title: "Use 1 bit" });
  });
  it("compares with what follows", () =>
    check(
      "over-wide-input",
      model(`
x = quantHardTanh(x, { actQuant: int(8) });
//                                   ^ 8 bits for the model's input, but most activations behind it have 4
x = quantConv1d(x, { outChannels: 4, kernelSize: 1, bias: false, weightQuant: int(6) });
return quantReLU(x, { actQuant: uint(4) });`),
    ));
  it("has nothing to compare a single quantiser with", () => check("over-wide-input", withWeight("int(6)")));
});
