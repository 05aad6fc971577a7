import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { quantizerText } from "./support/quantizers.js";
import { requantiseFix, suggestFor } from "./support/requantise.js";
import { culpritTarget, reportWideTensors, culpritsOf } from "./support/wide-input-findings.js";

export const bnPosition: Rule = {
  code: "bn-position",
  summary:
    "Batch norm stands between a multiplication and a quantiser, never between a quantiser and a multiplication.",
  description: `
Behind a multiplication, batch norm is free: it is absorbed into the thresholds of the next quantiser
(finn, \`docs/finn/nw_prep.rst\`, streamlining). Behind a quantiser, it turns integers into floats again, and the next multiplication is
charged 32 bits for its input (qonnx, \`src/qonnx/transformation/infer_datatypes.py\`).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = batchNorm1d(x);
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });
return batchNorm1d(x);`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    return reportWideTensors(context, {
      causes: ["batchNorm"],
      targetOf: (wide) => culpritTarget(context, wide),
      suggest: ({ tensor, culprit }) => suggestFor(context, tensor, culprit?.inputs.slice(0, 1)),
      message: (place, readers, { bits, signed }) =>
        `the batch norm ${culpritsOf(context, place)} makes quantised values floats again, so ${readers} charged 32 bits for the input instead of ${bits}; move it behind the multiplication, or quantise its result with ${quantizerText(bits, signed)}`,
      fixes: ([first], suggestion) => requantiseFix(context, first?.node, suggestion),
    });
  },
};
