import { formatCount } from "../format.js";
import type { Rule } from "./types.js";
import { channelOf, integerWeight, type IntegerWeight } from "./support/accumulator.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportLayers } from "./support/layer-findings.js";
import { plural } from "./support/wording.js";

export const freeZeros: Rule = {
  code: "free-zeros",
  summary: "Says which weights are 0 after quantising, and which channels are 0 altogether.",
  description: `
The challenge's cost multiplies by the share of non-zero *quantised* weights: a weight that is small enough to round to 0 is as free as one that was pruned (of the winner's 1,900 non-zero float weights 1,784 are left
after quantising). An output channel whose weights are all 0 can be removed from the network, together with the weights that read it, which saves on any hardware.
`,
  examples: {
    weights: true,
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(2) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: binary() });`,
    }),
  },
  severity: { itu2021: "hint", finn: "info", hls4ml: "info", qcdq: "hint" },
  check(context) {
    const facts = factsOf(context);
    const found = facts.macs.flatMap((mac) => {
      const weight = context.hasWeights ? integerWeight(facts, mac) : undefined;
      const zeros = weight && countZeros(weight);
      return zeros && (zeros.rounded > 0 || zeros.channels > 0) ? [{ node: mac.node, ...zeros }] : [];
    });
    return reportLayers(context, found, {
      oncePerFile: true,
      detail: ({ node, zeros, elements }) => `${node.name}: ${formatCount(zeros)} of ${formatCount(elements)}`,
      message: (names, _first, items) => {
        const sum = (key: "elements" | "zeros" | "rounded" | "channels") =>
          items.reduce((all, item) => all + item[key], 0);
        const channels = sum("channels");
        const removable = channels > 0 ? `; ${plural(channels, "output channel")} of only zeros can be removed` : "";
        return `${formatCount(sum("zeros"))} of ${formatCount(sum("elements"))} weights of ${names} are 0 after quantising, ${formatCount(sum("rounded"))} of them by rounding, and cost nothing in the score${removable}`;
      },
    });
  },
};

interface Zeros {
  readonly elements: number;
  readonly zeros: number;
  /** Zeros that were no zeros before quantising. */
  readonly rounded: number;
  /** Output channels of only zeros. */
  readonly channels: number;
}

function countZeros(weight: IntegerWeight): Zeros {
  const channel = channelOf(weight);
  const used = new Set<number>();
  let [zeros, rounded] = [0, 0];
  weight.integers.forEach((integer, index) => {
    if (integer !== 0) used.add(channel(index));
    else {
      zeros++;
      if (weight.floats[index] !== 0) rounded++;
    }
  });
  return { elements: weight.integers.length, zeros, rounded, channels: (weight.shape[weight.axis] ?? 1) - used.size };
}
