import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { quantizerText } from "./support/quantizers.js";
import { requantiseFix, suggestFor } from "./support/requantise.js";
import { culpritTarget, reportWideTensors, culpritsOf } from "./support/wide-input-findings.js";

export const residualNotRequantised: Rule = {
  code: "residual-not-requantised",
  summary: "The sum of two branches passes a quantiser before a multiplication reads it.",
  description: `
To the cost tools the result of \`Add\` is FLOAT32 (finn-base) or a 32-bit integer (qonnx), whatever its operands were
(\`src/finn/transformation/infer_datatypes.py\`, \`src/qonnx/transformation/infer_datatypes.py\`), so every multiplication that reads
it is charged 32 bits for its input instead of 6 or 8. In the design that won the challenge, 46.9 % of all bit-operations come from
multiplications that read its two residual sums; with both sums quantised to 6 bits its score falls from 0.016211 to 0.011675.

Where both branches are not negative, \`quantReLU(add(y, x), { actQuant: uint(6) })\` changes no value but the rounding.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
const y = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return quantConv1d(add(y, x), { outChannels: 48, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
const y = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
const sum = quantReLU(add(y, x), { actQuant: uint(6) });
return quantConv1d(sum, { outChannels: 48, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    return reportWideTensors(context, {
      causes: ["sum"],
      targetOf: (wide) => culpritTarget(context, wide),
      suggest: ({ tensor, culprit }) => suggestFor(context, tensor, culprit?.inputs),
      message: (place, readers, { bits, signed }) =>
        `nothing quantises the sum of ${culpritsOf(context, place)}, so ${readers} charged 32 bits for the input instead of ${bits}; quantise the sum with ${quantizerText(bits, signed)}`,
      fixes: ([first], suggestion) => requantiseFix(context, first?.node, suggestion),
      together: "residual sum",
    });
  },
};
