import { elementCount } from "../graph/graph.js";
import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";
import { isDepthwise } from "./support/layers.js";

/** From this width down one scale for all channels of a depthwise layer is known to be hard to train. */
const lowBits = 4;

export const depthwisePerTensorLowBits: Rule = {
  code: "depthwise-per-tensor-low-bits",
  summary: "Depthwise weights of 4 bits and less have one scale per channel.",
  description: `
Each channel of a depthwise layer has a filter of its own, and their ranges differ widely: with few bits and one scale for
all, the filters with small weights round to nothing. Brevitas calls it the challenging case
(\`src/brevitas/quant/scaled_int.py\`, \`Int4WeightPerTensorFloatDecoupled\`). A scale per channel costs nothing in the score.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 2, kernelSize: 27, groups: 2, bias: false, weightQuant: int(4) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 2, kernelSize: 27, groups: 2, bias: false, weightQuant: int(4, { granularity: "channel" }) });`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.macs.flatMap((mac) => {
      const quantizer = mac.weightQuantizer;
      const low = quantizer?.bits !== undefined && quantizer.bits <= lowBits;
      const perTensor = elementCount(quantizer?.scale?.shape ?? []) === 1;
      return quantizer && low && perTensor && isDepthwise(facts, mac) ? [quantizer] : [];
    });
    return reportQuantizers(context, offenders, {
      path: ["granularity"],
      variant: ({ bits }) => String(bits),
      message: (what, first) =>
        `${what} has ${first.bits ?? 0} bits and one scale for all channels of a depthwise layer, whose ranges differ; set granularity to "channel", which costs nothing`,
      fixes: (first) =>
        quantizerFix(
          first,
          "Use one scale per channel",
          (origin) => [{ kind: "setOption", origin, path: ["granularity"], text: `"channel"` }],
          false,
        ),
    });
  },
};
