import type { Rule } from "./types.js";
import { channelSums, neededBits } from "./support/accumulator.js";
import { isNarrow } from "./support/flow.js";
import { reportWidths, widthExamples } from "./support/width-findings.js";

export const accumulatorNeeded: Rule = {
  code: "accumulator-needed",
  summary: "Says how many bits the accumulator needs for the weights there are.",
  description: `
With trained weights the largest and the smallest sum of each output channel are known: its positive weights meet the largest inputs and its negative ones the smallest, and the other way round. The
accumulator has to hold these (finn, \`src/finn/custom_op/fpgadataflow/matrixvectoractivation.py\`, \`minimize_accumulator_width\`). Pruned networks need far fewer bits than the worst case: the classifier of the
challenge's winner needs 18.
`,
  examples: { weights: true, ...widthExamples },
  severity: { itu2021: "hint", finn: "info", hls4ml: "info", qcdq: "hint" },
  check: (context) =>
    reportWidths(
      context,
      (facts, mac) => {
        const type = facts.type(mac.input);
        const sums = isNarrow(type) ? channelSums(facts, mac) : undefined;
        return sums && neededBits(sums, type);
      },
      (names, bits) => `The accumulator of ${names} needs ${bits} for these weights and any input`,
    ),
};
