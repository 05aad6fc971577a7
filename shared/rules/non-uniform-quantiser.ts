import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";
import { asQuantized, usualActivationBits, usualWeightBits } from "./support/remedies.js";
import { writtenOptions } from "./support/targets.js";

export const nonUniformQuantiser: Rule = {
  code: "non-uniform-quantiser",
  summary: "Levels are equally spaced: no powers of two, no logarithms, no codebooks.",
  description: `
The challenge allows uniform quantisation only (ITU-ML5G-PS-007-BacalhauNet, \`README.md\`), and a \`Quant\` node can say
nothing else: its levels are \`scale * (integer - zero point)\` (qonnx, \`docs/qonnx-custom-ops/intquant_v1.md\`).
Values of any other quantiser are plain floats to the cost tools and are charged 32 bits.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6, { levels: "log" }) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "error", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const offenders = factsOf(context).quantizers.filter((quantizer) => quantizer.kind === "codebook");
    return reportQuantizers(context, offenders, {
      path: ["levels"],
      remedy: (quantizer) => {
        const { output, use } = quantizer;
        const { bits, kind } = writtenOptions(factsOf(context), quantizer) ?? {};
        const usual = use === "weight" ? usualWeightBits : usualActivationBits;
        return [asQuantized(output, typeof bits === "number" ? bits : usual(context), kind !== "uint")];
      },
      message: (what) =>
        `${what} has levels that are not equally spaced where only uniform quantisation is allowed, so its values are charged as 32-bit floats; leave levels out`,
      fixes: (first) =>
        quantizerFix(first, "Use equally spaced levels", (origin) => [
          { kind: "removeOption", origin, path: ["levels"] },
        ]),
    });
  },
};
