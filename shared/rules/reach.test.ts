/** Prices of fixes that change more than the layer that they are offered at: the same as applying them. */
import { describe, expect, it } from "vitest";
import { textEdits } from "../sandbox/edits.js";
import { analyzeText, applyEdits } from "../testing/fixture.js";
import { modelExample } from "./support/example.js";

const conv = (options: string) => `{ outChannels: 4, kernelSize: 1, bias: false${options} }`;

const cases: readonly (readonly [what: string, code: string, forward: string, reach: string])[] = [
  [
    "a width behind a name",
    "wide-quantiser",
    `
x = quantIdentity(x, { actQuant: int(8) });
const bits = 16;
x = quantReLU(quantConv1d(x, ${conv(", weightQuant: int(bits)")}), { actQuant: uint(6) });
return quantConv1d(x, ${conv(", weightQuant: int(bits)")});`,
    "conv_1 (quantConv1d)",
  ],
  [
    "a quantiser in an object that is spread",
    "wide-quantiser",
    `
x = quantIdentity(x, { actQuant: int(8) });
const o = ${conv(", weightQuant: int(16)")};
x = quantReLU(quantConv1d(x, { ...o, kernelSize: 3 }), { actQuant: uint(6) });
return quantConv1d(x, { ...o });`,
    "",
  ],
  [
    "an option that a shared object lacks",
    "weight-not-quantised",
    `
x = quantIdentity(x, { actQuant: int(8) });
const o = ${conv("")};
x = quantReLU(quantConv1d(x, o), { actQuant: uint(6) });
return quantConv1d(x, o);`,
    "conv_1 (quantConv1d)",
  ],
  [
    "a quantiser that the rule accepts elsewhere",
    "over-wide-input",
    `
const o = { actQuant: int(8) };
x = quantIdentity(x, o);
x = quantIdentity(quantConv1d(x, ${conv(", weightQuant: int(6)")}), o);
for (let i = 0; i < 3; i++) x = quantReLU(quantConv1d(x, ${conv(", weightQuant: int(6)")}), { actQuant: uint(6) });
return x;`,
    "identity_1 (quantIdentity)",
  ],
  [
    "an activation whose options are shared",
    "mac-input-not-integer",
    `
const o = {};
x = quantIdentity(x, { actQuant: int(8) });
x = quantReLU(quantConv1d(x, ${conv(", weightQuant: int(6)")}), o);
x = quantReLU(quantConv1d(x, ${conv(", weightQuant: int(6)")}), o);
return quantConv1d(x, ${conv(", weightQuant: int(6)")});`,
    "relu_1 (quantReLU)",
  ],
  [
    "an input's quantiser, in a helper that makes further layers",
    "input-not-quantised",
    `
for (const bits of [6, 4]) x = quantReLU(quantConv1d(x, ${conv(", weightQuant: int(6)")}), { actQuant: uint(bits) });
return x;`,
    "conv_1 (quantConv1d)",
  ],
  [
    "an option that is taken out of a shared object",
    "requantise-fc-input",
    `
const o = ${conv(", weightQuant: int(6), inputQuant: int(8)")};
x = quantReLU(x, { actQuant: uint(6) });
x = quantReLU(quantConv1d(x, o), { actQuant: uint(4) });
return quantConv1d(x, o);`,
    "conv_1 (quantConv1d)",
  ],
];

describe("a fix that reaches further than its finding", () => {
  it.each(cases)("is priced with all that it changes: %s", async (_what, code, forward, reach) => {
    const text = modelExample({ forward });
    const before = await analyzeText(text);
    const problem = before.problems.find((found) => found.code === code);
    expect(problem?.message.includes(`; the fix reaches ${reach}, too`)).toBe(reach !== "");
    const [fix] = problem?.fixes ?? [];
    const after = await analyzeText(applyEdits(text, textEdits(before.program!, fix!.edits)!));
    expect(problem?.price?.bops).toBe(before.cost!.totals.bops - after.cost!.totals.bops);
    expect(problem?.price?.memWBits).toBe(before.cost!.totals.memWBits - after.cost!.totals.memWBits);
  });

  it("is not the obvious one where it makes the model dearer", async () => {
    const { problems } = await analyzeText(
      modelExample({
        forward: `
const o = ${conv(", weightQuant: int(6), inputQuant: int(8)")};
x = quantReLU(quantConv1d(x, o), { actQuant: uint(6) });
return quantConv1d(x, o);`,
      }),
    );
    const problem = problems.find(({ code }) => code === "requantise-fc-input");
    expect(problem?.message).toMatch(/; the fix reaches conv \(quantConv1d\), too, and makes the model dearer by \d/);
    expect(problem?.fixes).toMatchObject([{ title: "Remove inputQuant" }]);
    expect(problem?.fixes?.[0]?.preferred).toBeUndefined();
  });

  it("does not count one fix twice in the price of all residual sums", async () => {
    const { problems } = await analyzeText(
      modelExample({
        forward: `
x = quantIdentity(x, { actQuant: int(8) });
const o = {};
for (let i = 0; i < 2; i++) {
  const y = quantIdentity(quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: int(8) });
  x = i === 0 ? quantReLU(add(x, y), o) : quantReLU(add(x, y), o);
}
return quantConv1d(x, ${conv(", weightQuant: int(6)")});`,
      }),
    );
    const sums = problems.filter(({ code }) => code === "residual-not-requantised");
    const [price] = sums.map((found) => found.price?.bops);
    expect(sums.map((found) => found.price?.bops)).toEqual([price, price]);
    for (const { message } of sums) expect(message).toMatch(/multiplications that read these 2 residual sums\.$/);
  });
});
