import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf, type Facts, type Mac } from "./support/facts.js";
import { isNarrow } from "./support/flow.js";
import { reportLayers, setOptionFix } from "./support/layer-findings.js";

export const biasQuantiser: Rule = {
  code: "bias-quantiser",
  summary: "The bias of a quantised layer is an integer of the accumulator's scale.",
  description: `
A bias adds to the accumulator without rounding when its scale is \`input scale * weight scale\` and it is signed, of more than one bit, with zero point 0
(brevitas, \`src/brevitas/quant/scaled_int.py\`, \`IntBias\`; \`src/brevitas/export/common/handler/qcdq.py\`). That needs a quantised input, from which the scale comes. A float bias on integers
gives the output a zero point that is not 0 (\`notebooks/01_quant_tensor_quant_conv2d_overview.ipynb\`). \`biasQuant: intBias()\` does it right; biases are free in the score.
`,
  examples: {
    bad: modelExample({
      forward: `
x = flatten(quantHardTanh(x, { actQuant: int(8) }));
return quantLinear(x, { outFeatures: 24, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = flatten(quantHardTanh(x, { actQuant: int(8) }));
return quantLinear(x, { outFeatures: 24, weightQuant: int(6), biasQuant: intBias() });`,
    }),
  },
  severity: { itu2021: "info", finn: "warning", hls4ml: "warning", qcdq: "warning" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.macs.flatMap((mac) => {
      const complaint = complaintAbout(facts, mac);
      return complaint ? [{ node: mac.node, ...complaint }] : [];
    });
    return reportLayers(context, offenders, {
      oncePerFile: true,
      path: ["biasQuant"],
      variant: ({ text }) => text,
      message: (names, { text }) => `The bias of ${names} ${text}`,
      fixes: ({ node, addsQuantizer }) =>
        addsQuantizer
          ? setOptionFix(context, node, {
              title: "Use intBias()",
              option: "biasQuant",
              text: "intBias()",
              imports: ["intBias"],
            })
          : [],
      severity: ({ refused }) => (refused && context.profile !== "itu2021" ? "error" : undefined),
    });
  },
};

interface Complaint {
  readonly text: string;
  /** Brevitas's export refuses it. */
  readonly refused: boolean;
  readonly addsQuantizer: boolean;
}

function complaintAbout(facts: Facts, mac: Mac): Complaint | undefined {
  if (mac.bias === undefined) return undefined;
  const quantizer = mac.biasQuantizer;
  if (quantizer === undefined) {
    // A batch norm behind takes the bias in anyway: that is bias-before-batchnorm.
    const beforeNorm = facts.consumers(mac.node.outputs[0] ?? "").some((node) => node.opType === "BatchNormalization");
    if (mac.weightQuantizer === undefined || beforeNorm) return undefined;
    // Without an input scale there is none for the bias either: the input comes first.
    if (!isNarrow(facts.type(mac.input))) return undefined;
    const text = "is a float although weights are integers; add biasQuant: intBias(), which is free in the score";
    return { text, refused: false, addsQuantizer: true };
  }
  if (!isNarrow(facts.type(mac.input))) {
    const text =
      "is quantised, but the layer's input is not, so there is no input scale to take its scale from; quantise the input first";
    return { text, refused: true, addsQuantizer: false };
  }
  if (!quantizer.signed)
    return {
      text: "is unsigned where a signed integer is expected; use intBias()",
      refused: true,
      addsQuantizer: true,
    };
  if (quantizer.bits === 1)
    return { text: "has one bit where more are expected; use intBias()", refused: true, addsQuantizer: true };
  return undefined;
}
