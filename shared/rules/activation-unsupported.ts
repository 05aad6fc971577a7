import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportQuantizers } from "./support/quantizer-findings.js";

const supported = ["Relu", "Selu", "BatchNormalization", "Sub", "Add", "Mul", "Div"];

export const activationUnsupported: Rule = {
  code: "activation-unsupported",
  summary: "For FINN a quantiser stands behind a ReLU, a SELU, batch norm, arithmetic, or nothing.",
  description: `
FINN turns an activation together with its quantiser into thresholds. It knows how for Relu, Selu, BatchNormalization, Sub, Add, Mul and Div before the quantiser, and for
a quantiser on the model's input; anything else it refuses
(finn, \`src/finn/transformation/qonnx/qonnx_activation_handlers.py\`, \`valid_predecessor_op_types\`).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = batchNorm1d(quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) }));
return quantSigmoid(x, { actQuant: uint(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = batchNorm1d(quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) }));
return quantReLU(x, { actQuant: uint(6) });`,
    }),
  },
  severity: { itu2021: "off", finn: "error", hls4ml: "off", qcdq: "off" },
  check(context) {
    const facts = factsOf(context);
    const before = (input: string) => facts.producer(input)?.opType;
    const offenders = facts.quantizers.filter(({ use, input }) => {
      const op = before(input);
      return use === "activation" && op !== undefined && !supported.includes(op);
    });
    return reportQuantizers(context, offenders, {
      variant: ({ input }) => before(input) ?? "",
      message: (what, { input }) =>
        `${what} stands behind ${before(input) ?? ""}, for which FINN has no thresholds; it supports ${supported.join(", ")} or nothing before a quantiser`,
    });
  },
};
