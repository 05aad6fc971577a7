import type { Rule } from "./types.js";
import { channelSums, worstCaseBits } from "./support/accumulator.js";
import { reportWidths, widthExamples } from "./support/width-findings.js";

export const accumulatorWidth: Rule = {
  code: "accumulator-width",
  summary: "Says how wide an accumulator has to be, whatever the weights.",
  description: `
The largest sum of a layer is \`(2^a - 1) * (2^w - 1)\` for each of its \`kernel * input channels / groups\` products with a-bit inputs and w-bit weights (\`2^w - 2\` for narrow weights), so its
accumulator needs \`ceil(log2(...))\` bits of that, and one more with a bias (brevitas, \`src/brevitas/quant_tensor/int_torch_handler.py\`, \`max_acc_bit_width_convNd\`).
With trained weights selected, \`accumulator-needed\` says how many bits really suffice.
`,
  examples: widthExamples,
  severity: { itu2021: "hint", finn: "info", hls4ml: "info", qcdq: "hint" },
  check: (context) =>
    reportWidths(
      context,
      (facts, mac) => (channelSums(facts, mac) === undefined ? worstCaseBits(facts, mac) : undefined),
      (names, bits) => `The accumulator of ${names} needs at most ${bits}`,
    ),
};
