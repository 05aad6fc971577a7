import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { quantizerText } from "./support/quantizers.js";
import { requantiseFix, suggestFor } from "./support/requantise.js";
import { culpritTarget, reportWideTensors, culpritsOf } from "./support/wide-input-findings.js";

export const macInputWide: Rule = {
  code: "mac-input-wide",
  summary: "Sums and products pass a quantiser before the next multiplication.",
  description: `
The result of a multiplication, of \`mul\` or \`sub\`, is an accumulator of 32 bits to the cost tools (\`INT32\`, \`SCALEDINT<32>\` in qonnx,
\`src/qonnx/transformation/infer_datatypes.py\`, \`infer_mac_result_dtype\`) or FLOAT32 (finn-base). A multiplication that reads it as it is
gets charged 32 bits. Two linear layers in a row without anything between them are also one linear layer: an activation is probably missing.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });
return quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });
x = quantReLU(x, { actQuant: uint(6) });
return quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    return reportWideTensors(context, {
      causes: ["accumulator"],
      targetOf: (wide) => culpritTarget(context, wide),
      suggest: ({ tensor }) => suggestFor(context, tensor),
      message: (place, readers, { bits, signed }) =>
        `nothing quantises the accumulator of ${culpritsOf(context, place)}, so ${readers} charged 32 bits for the input instead of ${bits}; put an activation behind it, or quantise it with ${quantizerText(bits, signed)}`,
      fixes: ([first], suggestion) => requantiseFix(context, first?.node, suggestion),
    });
  },
};
