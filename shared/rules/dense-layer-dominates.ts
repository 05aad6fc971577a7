import { formatBits, formatBops, formatShare } from "../format.js";
import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportLayers } from "./support/layer-findings.js";

/** A layer with more than this share of a total is where savings are to be found. */
const dominant = 0.5;

/** With fewer layers one of them always has the larger part. */
const fewestLayers = 3;

export const denseLayerDominates: Rule = {
  code: "dense-layer-dominates",
  summary: "No single layer has more than half of the bit-operations or of the weight memory.",
  description: `
Where one layer has most of the cost, all else hardly matters: look there first for fewer bits, fewer channels, groups or pruning. A fully connected layer behind a flattened feature map is the usual case; pooling before it
helps most (the layers' shares: \`quantlens cost --breakdown\`).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
x = quantReLU(quantLinear(flatten(x), { outFeatures: 128, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return quantLinear(x, { outFeatures: 24, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantReLU(quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
x = quantReLU(quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
x = quantReLU(quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const { totals } = context.cost;
    const priced = factsOf(context).macs.flatMap(({ node, cost }) => (cost ? [{ node, cost }] : []));
    if (priced.length < fewestLayers) return [];
    const offenders = priced.filter(
      ({ cost }) => cost.bops > dominant * totals.bops || cost.memWBits > dominant * totals.memWBits,
    );
    return reportLayers(context, offenders, {
      message: (names, { cost }) => {
        const parts = [
          {
            part: cost.bops,
            total: totals.bops,
            text: `${formatBops(cost.bops)} = ${formatShare(cost.bops / totals.bops)} of all bit-ops`,
          },
          {
            part: cost.memWBits,
            total: totals.memWBits,
            text: `${formatBits(cost.memWBits)} = ${formatShare(cost.memWBits / totals.memWBits)} of the weight memory`,
          },
        ].filter(({ part, total }) => part > dominant * total);
        return `${names} alone has ${parts.map(({ text }) => text).join(" and ")}; look here first for fewer bits, fewer channels or pruning`;
      },
    });
  },
};
