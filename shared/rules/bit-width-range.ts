import type { Fix } from "../problems.js";
import type { Rule, RuleContext } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { setOptionFix } from "./support/layer-findings.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";
import { quantizerText, type Quantizer } from "./support/quantizers.js";
import { quantizerOption, writtenOptions } from "./support/targets.js";

/** QuantizeLinear's containers. */
const qcdqRange = { least: 2, most: 8 };
/** FINN turns an activation quantiser into 2^bits - 1 thresholds; its default limit, and what its FAQ calls practical. */
const finnMost = 8;
const finnPractical = 4;

export const bitWidthRange: Rule = {
  code: "bit-width-range",
  summary: "Widths are within what the target supports.",
  description: `
QCDQ stores values in 8-bit containers: 2 to 8 bits (qonnx, \`src/qonnx/transformation/qonnx_to_qcdq.py\`; brevitas,
\`src/brevitas/export/common/handler/qcdq.py\`). FINN turns an activation quantiser of b bits into 2^b - 1 thresholds per channel, and by default
refuses more than 8 bits (finn, \`src/finn/transformation/qonnx/quant_act_to_multithreshold.py\`); its FAQ calls more than 4 bits impractical
(\`docs/finn/faq.rst\`).

In a model file a width above 32 is reported under this code whatever the target.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(12) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(4) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(4) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(4) });`,
    }),
  },
  severity: { itu2021: "off", finn: "warning", hls4ml: "off", qcdq: "error" },
  check(context) {
    const { quantizers } = factsOf(context);
    const candidates = quantizers.filter(({ use, kind }) => kind === "uniform" && use !== "bias");
    return context.profile === "qcdq"
      ? reportQuantizers(
          context,
          candidates.filter(({ bits }) => bits !== undefined && isOutsideQcdq(bits)),
          {
            path: [0],
            variant: ({ bits }) => String(bits),
            message: (what, { bits = 0 }) =>
              `${what} has ${bits} ${bits === 1 ? "bit" : "bits"} where QCDQ supports ${qcdqRange.least} to ${qcdqRange.most}`,
            fixes: (first) =>
              widthFix(context, first, (first.bits ?? 0) < qcdqRange.least ? qcdqRange.least : qcdqRange.most),
          },
        )
      : reportQuantizers(
          context,
          candidates.filter(({ use, bits = 0 }) => use === "activation" && bits > finnPractical),
          {
            path: [0],
            oncePerFile: true,
            variant: ({ bits }) => String(bits),
            message: (what, { bits = 0 }) =>
              bits > finnMost
                ? `${what} has ${bits} bits where FINN takes at most ${finnMost}, because each becomes 2^${bits} - 1 thresholds`
                : `${what} has ${bits} bits, which FINN supports but calls impractical above ${finnPractical}, because each becomes 2^${bits} - 1 thresholds`,
            fixes: (first) => ((first.bits ?? 0) > finnMost ? widthFix(context, first, finnMost) : []),
            severity: ({ bits = 0 }) => (bits > finnMost ? undefined : "info"),
          },
        );
  },
};

function isOutsideQcdq(bits: number): boolean {
  return bits < qcdqRange.least || bits > qcdqRange.most;
}

/** `binary()` has no width to set: the layer gets another quantiser instead. */
function widthFix(context: RuleContext, quantizer: Quantizer, bits: number): readonly Fix[] {
  const facts = factsOf(context);
  const option = quantizerOption(quantizer);
  if (writtenOptions(facts, quantizer)?.kind === "binary" && option !== undefined) {
    const text = quantizerText(bits, quantizer.signed);
    return setOptionFix(context, quantizer.node, {
      title: `Use ${text}`,
      option,
      text,
      imports: [quantizer.signed ? "int" : "uint"],
    });
  }
  return quantizerFix(quantizer, `Use ${bits} bits`, (origin) => [
    { kind: "setOption", origin, path: [0], text: String(bits) },
  ]);
}
