import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";
import { usualActivationBits } from "./support/remedies.js";
import { plural } from "./support/wording.js";

export const overWideInput: Rule = {
  code: "over-wide-input",
  summary: "The input is not quantised finer than the activations behind it.",
  description: `
The first layer multiplies the input at its width; when everything behind it works with fewer bits, the input's additional ones may be lost on the way. In the winning design the first layer at 8 bits is 4.6 % of all
bit-operations. Whether fewer bits lose accuracy only training can tell.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(6) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const facts = factsOf(context);
    const inputs = facts.quantizers.filter(
      ({ use, input }) => use === "activation" && facts.graph.inputs.includes(input),
    );
    const others = facts.quantizers.some((quantizer) => quantizer.use === "activation" && !inputs.includes(quantizer));
    const bits = others ? usualActivationBits(context) : Infinity;
    const offenders = inputs.filter((quantizer) => (quantizer.bits ?? 0) > bits);
    return reportQuantizers(context, offenders, {
      path: [0],
      remedy: ({ node }) => [{ kind: "bits", node: node.name, bits }],
      onlyIfItCosts: true,
      message: (what, first) =>
        `${what} has ${first.bits ?? 0} bits for the model's input, but most activations behind it have ${bits}`,
      fixes: (first) =>
        quantizerFix(
          first,
          `Use ${plural(bits, "bit")}`,
          (origin) => [{ kind: "setOption", origin, path: [0], text: String(bits) }],
          false,
        ),
    });
  },
};
