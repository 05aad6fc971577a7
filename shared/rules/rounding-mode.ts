import type { Profile, Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";

/** QONNX's two names for rounding to the nearest, half to even. */
const nearest = ["ROUND", "HALF_EVEN"];

const accepted: Readonly<Record<Profile, readonly string[]>> = {
  itu2021: nearest,
  finn: nearest,
  hls4ml: [...nearest, "FLOOR"],
  qcdq: nearest,
};

export const roundingMode: Rule = {
  code: "rounding-mode",
  summary: "Quantisers round to the nearest integer, half to even.",
  description: `
\`ROUND\` is what every tool supports. hls4ml also knows \`FLOOR\` (\`hls4ml/model/optimizer/passes/quant_opt.py\`);
\`QuantizeLinear\` has no choice (qonnx, \`src/qonnx/transformation/qonnx_to_qcdq.py\`; brevitas,
\`src/brevitas/export/onnx/standard/qcdq/handler.py\`). The challenge's cost tool rounds the weights that it counts to the nearest,
whatever the file says, so with another mode the number of zeros it discounts is not the one that runs.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8, { rounding: "ceil" }) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const modes = accepted[context.profile];
    const offenders = factsOf(context).quantizers.filter(
      ({ kind, rounding }) => kind === "uniform" && !modes.includes(rounding.toUpperCase()),
    );
    return reportQuantizers(context, offenders, {
      oncePerFile: true,
      path: ["rounding"],
      variant: ({ rounding }) => rounding,
      message: (what, { rounding }) =>
        `${what} rounds by ${rounding} where ${context.profile} expects ${context.profile === "hls4ml" ? "ROUND or FLOOR" : "ROUND"}; leave rounding out`,
      fixes: (first) =>
        quantizerFix(first, "Round to the nearest", (origin) => [{ kind: "removeOption", origin, path: ["rounding"] }]),
    });
  },
};
