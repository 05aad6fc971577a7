import { formatBops } from "../format.js";
import { elementCount } from "../graph/graph.js";
import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf, type Facts, type Mac } from "./support/facts.js";
import { reportLayers } from "./support/layer-findings.js";
import { priceOf } from "./support/pricing.js";
import { priceClause } from "./support/wording.js";

/** Below this share of all bit-ops a layer is not worth redesigning. */
const worthwhileShare = 0.1;

export const pointwiseVsDepthwise: Rule = {
  code: "pointwise-vs-depthwise",
  summary: "Says what a convolution would cost as a depthwise and a pointwise one.",
  description: `
A convolution over k positions from C to C' channels has \`C * C' * k\` multiplications per output position. A depthwise one over the positions followed by a pointwise one over the channels has \`C * k + C * C'\`, and as
many weights: the winning design is made of such pairs. The price assumes the same widths, and a quantiser between the two.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return quantConv1d(x, { outChannels: 24, kernelSize: 9, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 9, groups: 24, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const facts = factsOf(context);
    const candidates = facts.macs.flatMap((mac) => {
      const ratio = separableRatio(facts, mac);
      const bops = mac.cost?.bops ?? 0;
      if (ratio === undefined || ratio >= 1 || bops < worthwhileShare * context.cost.totals.bops) return [];
      return [
        { node: mac.node, bops, price: priceOf(context, bops * (1 - ratio), (mac.cost?.memWBits ?? 0) * (1 - ratio)) },
      ];
    });
    return reportLayers(context, candidates, {
      message: (names, _first, items) => {
        const now = items.reduce((sum, { bops }) => sum + bops, 0);
        const bops = items.reduce((sum, { price }) => sum + price.bops, 0);
        const memWBits = items.reduce((sum, { price }) => sum + price.memWBits, 0);
        return `${names} as a depthwise and a pointwise convolution would take ${formatBops(now - bops)} instead of ${formatBops(now)}${priceClause(context, priceOf(context, bops, memWBits))}`;
      },
    });
  },
};

/** Multiplications (and weights) of the separable pair relative to the convolution; `undefined` where there is nothing to separate. */
function separableRatio(facts: Facts, { node, groups, weight }: Mac): number | undefined {
  const [out = 1, channels = 1, ...kernel] = facts.shape(weight) ?? [];
  const positions = elementCount(kernel);
  if (node.opType !== "Conv" || groups !== 1 || channels === 1 || positions === 1) return undefined;
  return (channels * positions + channels * out) / (channels * out * positions);
}
