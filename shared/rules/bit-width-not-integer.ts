import type { Rule } from "./types.js";
import { onnxQuantizerExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportQuantizers } from "./support/quantizer-findings.js";
import { soleValue, type Quantizer } from "./support/quantizers.js";
import { asIfUniform } from "./support/remedies.js";

export const bitWidthNotInteger: Rule = {
  code: "bit-width-not-integer",
  summary: "A bit width is one constant whole number of at least 1.",
  description: `
A \`Quant\` node whose bit width is computed from data, has several elements or is no positive whole number has no data
type: the cost tools charge its values as 32-bit floats (qonnx, \`src/qonnx/custom_op/general/intquant.py\`), hls4ml
refuses it (\`hls4ml/model/optimizer/passes/quant_opt.py\`), and so does FINN
(\`src/finn/transformation/qonnx/quant_act_to_multithreshold.py\`).

In a model file \`int(2.5)\` is reported under this code too; the nearest whole number is used until it is mended.
`,
  examples: {
    language: "onnx",
    bad: onnxQuantizerExample("float[] b = {2.5}"),
    good: onnxQuantizerExample("float[] b = {3}"),
  },
  severity: { itu2021: "error", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const offenders = factsOf(context).quantizers.filter(
      ({ kind, bits, use }) => kind === "uniform" && bits === undefined && use !== "bias",
    );
    return reportQuantizers(context, offenders, {
      path: [0],
      remedy: asIfUniform,
      message: (what, first) =>
        `${what} has ${bitWidthFound(first)} where one constant whole number of at least 1 is expected, so its values are charged as 32-bit floats`,
    });
  },
};

function bitWidthFound({ bitWidth }: Quantizer): string {
  if (bitWidth?.constant !== true) return "a bit width that is no constant";
  const value = soleValue(bitWidth);
  return value === undefined ? `${bitWidth.data?.length ?? "several"} bit widths` : `the bit width ${value}`;
}
