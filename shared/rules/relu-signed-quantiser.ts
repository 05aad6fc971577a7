import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportQuantizers } from "./support/quantizer-findings.js";
import { quantizerText } from "./support/quantizers.js";
import { signFix } from "./support/sign-fix.js";

export const reluSignedQuantiser: Rule = {
  code: "relu-signed-quantiser",
  summary: "Behind a ReLU quantisers are unsigned.",
  description: `
No value behind a ReLU is negative, so a signed quantiser never uses half of its levels: \`uint(5)\` has the same non-negative ones as \`int(6)\` and costs a bit
less in every multiplication that reads it (brevitas, \`notebooks/02_quant_activation_overview.ipynb\`). FINN accepts only unsigned, non-narrow quantisers
behind a ReLU (finn, \`src/finn/transformation/qonnx/qonnx_activation_handlers.py\`).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });
x = quantReLU(x, { actQuant: int(6) });
return quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });
x = quantReLU(x, { actQuant: uint(5) });
return quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "warning", qcdq: "warning" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.quantizers.filter(
      ({ kind, use, signed, bits = 0, input }) =>
        kind === "uniform" && use === "activation" && signed && bits > 1 && facts.producer(input)?.opType === "Relu",
    );
    return reportQuantizers(context, offenders, {
      variant: ({ bits }) => String(bits),
      remedy: ({ node, bits = 0 }) => [{ kind: "bits", node: node.name, bits: bits - 1 }],
      message: (what, { bits = 0 }) =>
        `${what} is signed behind a ReLU, so half of its levels are never used; ${quantizerText(bits - 1, false)} gives the same values with one bit less, ${quantizerText(bits, false)} a finer step`,
      fixes: (first, items) => [
        ...signFix(context, items, { bits: (first.bits ?? 2) - 1, signed: false, preferred: true }),
        ...signFix(context, items, { bits: first.bits ?? 2, signed: false, preferred: false }),
      ],
    });
  },
};
