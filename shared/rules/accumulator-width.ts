import type { Rule } from "./types.js";
import { channelSums, worstCaseBits } from "./support/accumulator.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportLayers } from "./support/layer-findings.js";
import { bitsRange } from "./support/wording.js";

export const accumulatorWidth: Rule = {
  code: "accumulator-width",
  summary: "Says how wide an accumulator has to be, whatever the weights.",
  description: `
The largest sum of a layer is \`(2^a - 1) * (2^w - 1)\` for each of its \`kernel * input channels / groups\` products with a-bit inputs and w-bit weights (\`2^w - 2\` for narrow weights), so its
accumulator needs \`ceil(log2(...))\` bits of that, and one more with a bias (brevitas, \`src/brevitas/quant_tensor/int_torch_handler.py\`, \`max_acc_bit_width_convNd\`).
With trained weights selected, \`accumulator-needed\` says how many bits really suffice.
`,
  examples: {
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
      const bits = channelSums(facts, mac) === undefined ? worstCaseBits(facts, mac) : undefined;
      return bits === undefined ? [] : [{ node: mac.node, bits }];
    });
    return reportLayers(context, widths, {
      oncePerFile: true,
      detail: ({ node, bits }) => `${node.name}: ${bits} bits`,
      message: (names, _first, items) =>
        `The accumulator of ${names} needs at most ${bitsRange(items.map(({ bits }) => bits))}`,
    });
  },
};
