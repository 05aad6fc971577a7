import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";
import { asIfUniform } from "./support/remedies.js";
import { firstFailing, type Quantizer } from "./support/quantizers.js";

export const nonzeroZeroPoint: Rule = {
  code: "nonzero-zero-point",
  summary: "The zero point of weights and activations is 0.",
  description: `
The challenge asks for uniform quantisation with zero point 0 (ITU-ML5G-PS-007-BacalhauNet, \`README.md\`), and the cost
tools know nothing else: a \`Quant\` node with another zero point makes its output FLOAT32, so that every multiplication
that reads it is charged 32 bits (qonnx, \`src/qonnx/custom_op/general/intquant.py\`). FINN refuses to fold such weights
(finn, \`src/finn/transformation/qonnx/fold_quant_weights.py\`).

A range that is not symmetric needs no zero point: use \`uint\` behind a ReLU, or let the symmetric range cover the larger side.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { minVal: -2, maxVal: 3, actQuant: int(8, { zeroPoint: -25 }) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { minVal: -2, maxVal: 3, actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "error", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const offenders = factsOf(context).quantizers.filter((quantizer) => zeroPointFound(quantizer) !== undefined);
    return reportQuantizers(context, offenders, {
      path: ["zeroPoint"],
      variant: (quantizer) => zeroPointFound(quantizer) ?? "",
      remedy: asIfUniform,
      message: (what, first) =>
        `${what} has ${zeroPointFound(first) ?? ""} where only 0 is allowed, so its values are charged as 32-bit floats; set zeroPoint to 0`,
      fixes: (first) =>
        quantizerFix(first, "Set the zero point to 0", (origin) => [
          { kind: "removeOption", origin, path: ["zeroPoint"] },
        ]),
    });
  },
};

/** What is wrong with the zero point, in words; `undefined` when it is 0. */
function zeroPointFound({ kind, zeroPoint }: Quantizer): string | undefined {
  if (kind !== "uniform" || zeroPoint === undefined) return undefined;
  if (zeroPoint.constant !== true) return "a computed zero point";
  const value = firstFailing(zeroPoint.data, (element) => element === 0);
  return value === undefined ? undefined : `the zero point ${value}`;
}
