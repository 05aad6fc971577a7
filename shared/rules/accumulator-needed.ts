import type { Rule } from "./types.js";
import { channelSums, neededBits } from "./support/accumulator.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { isNarrow } from "./support/flow.js";
import { reportLayers } from "./support/layer-findings.js";
import { bitsRange } from "./support/wording.js";

export const accumulatorNeeded: Rule = {
  code: "accumulator-needed",
  summary: "Says how many bits the accumulator needs for the weights there are.",
  description: `
With trained weights the largest and the smallest sum of each output channel are known: its positive weights meet the largest inputs and its negative ones the smallest, and the other way round. The
accumulator has to hold these (finn, \`src/finn/custom_op/fpgadataflow/matrixvectoractivation.py\`, \`minimize_accumulator_width\`). Pruned networks need far fewer bits than the worst case: the classifier of the
challenge's winner needs 18.
`,
  examples: {
    weights: true,
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({ forward: `return quantReLU(x, { actQuant: uint(6) });` }),
  },
  severity: { itu2021: "hint", finn: "info", hls4ml: "info", qcdq: "hint" },
  check(context) {
    const facts = factsOf(context);
    const widths = facts.macs.flatMap((mac) => {
      const type = facts.type(mac.input);
      const sums = isNarrow(type) ? channelSums(facts, mac) : undefined;
      return sums === undefined ? [] : [{ node: mac.node, bits: neededBits(sums, type) }];
    });
    return reportLayers(context, widths, {
      oncePerFile: true,
      detail: ({ node, bits }) => `${node.name}: ${bits} bits`,
      message: (names, _first, items) =>
        `The accumulator of ${names} needs ${bitsRange(items.map(({ bits }) => bits))} for these weights and any input`,
    });
  },
};
