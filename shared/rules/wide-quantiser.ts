import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";

/** More bits than this are rarely worth their linear price: 8-bit networks reach float accuracy. */
const wideAbove = 8;

export const wideQuantiser: Rule = {
  code: "wide-quantiser",
  summary: "Weights and activations have at most 8 bits.",
  description: `
Bit-operations are \`MACs * input bits * weight bits\` and weight memory is \`elements * bits\`, so each further bit costs the same again
(finn-base, \`src/finn/analysis/inference_cost.py\`). Networks with 8 bits reach the accuracy of float ones; on RadioML 2018.01A
the winning architecture lost 0.03 percentage points with 8 bits and 0.4 with 6.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(16) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const offenders = factsOf(context).quantizers.filter(
      ({ bits = 0, use }) => bits > wideAbove && (use === "weight" || use === "activation"),
    );
    return reportQuantizers(context, offenders, {
      path: [0],
      variant: ({ bits }) => String(bits),
      remedy: ({ node }) => [{ kind: "bits", node: node.name, bits: wideAbove }],
      onlyIfItCosts: true,
      message: (what, { bits = 0 }) => `${what} has ${bits} bits where ${wideAbove} usually reach float accuracy`,
      fixes: (first) =>
        quantizerFix(
          first,
          `Use ${wideAbove} bits`,
          (origin) => [{ kind: "setOption", origin, path: [0], text: String(wideAbove) }],
          false,
        ),
    });
  },
};
