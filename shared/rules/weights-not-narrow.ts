import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";

export const weightsNotNarrow: Rule = {
  code: "weights-not-narrow",
  summary: "Signed weights use the narrow, symmetric range.",
  description: `
Narrow leaves out the most negative integer, so that the range is symmetric: -31..31 instead of -32..31. Then the sign of a
channel can be turned over, which absorbs negative batch-norm factors, and the accumulator is a little smaller. It is
Brevitas's default for weights (brevitas, \`src/brevitas/quant/scaled_int.py\`, \`NarrowIntQuant\`; \`notebooks/ONNX_export_tutorial.ipynb\`).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6, { narrow: false }) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "warning", hls4ml: "warning", qcdq: "warning" },
  check(context) {
    const offenders = factsOf(context).quantizers.filter(
      ({ kind, use, signed, narrow, bits }) =>
        kind === "uniform" && use === "weight" && signed && !narrow && bits !== 1,
    );
    return reportQuantizers(context, offenders, {
      oncePerFile: true,
      path: ["narrow"],
      variant: ({ bits }) => String(bits),
      message: (what, { bits = 8 }) =>
        `${what} has the range ${-(2 ** (bits - 1))}..${2 ** (bits - 1) - 1} where a symmetric one is expected for weights; leave narrow out, which is true for signed weights`,
      fixes: (first) =>
        quantizerFix(first, "Use the narrow range", (origin) => [
          { kind: "setOption", origin, path: ["narrow"], text: "true" },
        ]),
    });
  },
};
