import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";

export const narrowUnsigned: Rule = {
  code: "narrow-unsigned",
  summary: "Only signed quantisers are narrow.",
  description: `
Narrow makes a signed range symmetric. An unsigned one has nothing to be symmetric about; it only loses its largest level.
hls4ml supports narrow for signed numbers only (\`hls4ml/model/optimizer/passes/quant_opt.py\`), and FINN refuses narrow
quantisers behind a ReLU (finn, \`src/finn/transformation/qonnx/qonnx_activation_handlers.py\`).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });
return quantReLU(x, { actQuant: uint(6, { narrow: true }) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });
return quantReLU(x, { actQuant: uint(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "warning" },
  check(context) {
    const offenders = factsOf(context).quantizers.filter(
      ({ kind, signed, narrow }) => kind === "uniform" && !signed && narrow,
    );
    return reportQuantizers(context, offenders, {
      path: ["narrow"],
      message: (what) => `${what} is narrow and unsigned, which only loses its largest level; leave narrow out`,
      fixes: (first) =>
        quantizerFix(first, "Leave narrow out", (origin) => [{ kind: "removeOption", origin, path: ["narrow"] }]),
    });
  },
};
