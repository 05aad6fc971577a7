/** Rules about the structure of a graph: where they point, what their fixes write. */
import { describe, expect, it } from "vitest";
import { analyzeText, check, checkFix } from "../testing/fixture.js";
import { modelExample } from "./support/example.js";

const model = (forward: string) => modelExample({ forward });

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
  it("comes after the input, from which its scale comes", () =>
    check("bias-quantiser", model(`return quantConv1d(x, { outChannels: 4, kernelSize: 1, weightQuant: int(6) });`)));
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
