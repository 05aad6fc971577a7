import type { Rule } from "./types.js";
import { onnxQuantizerExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportQuantizers } from "./support/quantizer-findings.js";
import { firstFailing, type Quantizer } from "./support/quantizers.js";
import { asIfUniform } from "./support/remedies.js";

export const scaleNotPositiveStatic: Rule = {
  code: "scale-not-positive-static",
  summary: "A scale is a constant, finite and above 0.",
  description: `
qonnx gives a quantiser without a constant scale no integer type (\`src/qonnx/custom_op/general/intquant.py\`), and hls4ml
takes only constant scales, zero points and bit widths (\`hls4ml/model/optimizer/passes/quant_opt.py\`). A scale of 0 or below,
or one that is not finite, has no levels: an all-zero weight tensor, for instance, gives scale 0 in Brevitas and NaN at run time.

In a model file a \`scale\` that is no number above 0 is reported under this code too.
`,
  examples: {
    language: "onnx",
    bad: onnxQuantizerExample("float[] s = {0}"),
    good: onnxQuantizerExample("float[] s = {0.125}"),
  },
  severity: { itu2021: "error", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const offenders = factsOf(context).quantizers.filter((quantizer) => scaleFound(quantizer) !== undefined);
    return reportQuantizers(context, offenders, {
      path: ["scale"],
      variant: (quantizer) => scaleFound(quantizer) ?? "",
      remedy: asIfUniform,
      message: (what, first) =>
        `${what} has ${scaleFound(first) ?? ""} where a constant finite number above 0 is expected; export it with the scale that training found`,
    });
  },
};

/** What is wrong with the scale; `undefined` when it is right or not known yet. */
function scaleFound({ kind, scale, use }: Quantizer): string | undefined {
  if (kind === "codebook" || scale === undefined) return undefined;
  // A bias may take its scale from a product that the file computes.
  if (scale.constant !== true) return use === "bias" ? undefined : "a scale that is computed at run time";
  const value = firstFailing(scale.data, (element) => Number.isFinite(element) && element > 0);
  return value === undefined ? undefined : `the scale ${value}`;
}
