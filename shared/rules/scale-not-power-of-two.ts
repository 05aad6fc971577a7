import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf, type Facts } from "./support/facts.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";
import { firstFailing, isPowerOfTwo, type Quantizer } from "./support/quantizers.js";
import { writtenOptions } from "./support/targets.js";

export const scaleNotPowerOfTwo: Rule = {
  code: "scale-not-power-of-two",
  summary: "For fixed-point targets scales are powers of two.",
  description: `
With a power of two as scale a quantiser is a plain fixed-point type (\`ap_fixed\`). With any other, hls4ml adds nodes that
multiply by the rest, and warns that there is more of a chance that it cannot process the model (\`docs/frontend/qonnx.rst\`,
\`hls4ml/model/optimizer/passes/quant_opt.py\`). Brevitas's standard exports accept nothing else either
(\`src/brevitas/export/common/handler/base.py\`). The challenge does not mind.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8, { scaling: "const", scale: 0.0625 }) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8, { scaling: "const", scale: 0.0625 }) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6, { powerOfTwo: true }) });`,
    }),
  },
  severity: { itu2021: "off", finn: "off", hls4ml: "warning", qcdq: "off" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.quantizers.filter(
      (quantizer) => quantizer.kind === "uniform" && quantizer.use !== "bias" && !hasPowerOfTwoScale(facts, quantizer),
    );
    return reportQuantizers(context, offenders, {
      oncePerFile: true,
      path: ["powerOfTwo"],
      message: (what, first) => {
        const value = firstFailing(first.scale?.data, (element) => !isPowerOfTwo(element));
        const found =
          value === undefined ? "a scale that training leaves free" : `the scale ${Number(value.toPrecision(6))}`;
        return `${what} has ${found} where a fixed-point target wants a power of two; set powerOfTwo to true`;
      },
      fixes: (first) => {
        const scale = writtenOptions(facts, first)?.scale;
        // A fixed scale is replaced by the next power of two; one that is found in training is to be rounded there.
        const [option, text] =
          typeof scale === "number" ? ["scale", String(2 ** Math.ceil(Math.log2(scale)))] : ["powerOfTwo", "true"];
        return quantizerFix(first, "Round the scale to a power of two", (origin) => [
          { kind: "setOption", origin, path: [option], text },
        ]);
      },
    });
  },
};

function hasPowerOfTwoScale(facts: Facts, quantizer: Quantizer): boolean {
  const { data } = quantizer.scale ?? {};
  return data?.every(isPowerOfTwo) ?? writtenOptions(facts, quantizer)?.powerOfTwo === true;
}
