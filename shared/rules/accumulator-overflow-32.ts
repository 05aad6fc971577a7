import type { Rule } from "./types.js";
import { channelSums, targetBits, worstCaseBits } from "./support/accumulator.js";
import { linearExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportLayers } from "./support/layer-findings.js";
import { bitsRange } from "./support/wording.js";

export const accumulatorOverflow32: Rule = {
  code: "accumulator-overflow-32",
  summary: "The accumulator fits in 32 bits whatever the weights.",
  description: `
FINN, qonnx and ONNX Runtime sum up in 32-bit integers (qonnx, \`src/qonnx/transformation/infer_datatypes.py\`). A layer whose worst case is wider can wrap around without notice. Fewer bits for inputs or
weights, or fewer products (groups, a smaller kernel), bring it down; with trained weights selected, the bound for these weights decides instead (\`a2q-bound\`).
`,
  examples: {
    bad: linearExample(16, 16),
    good: linearExample(8, 6),
  },
  severity: { itu2021: "warning", finn: "warning", hls4ml: "warning", qcdq: "warning" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.macs.flatMap((mac) => {
      const bits = channelSums(facts, mac) === undefined ? (worstCaseBits(facts, mac) ?? 0) : 0;
      return bits > targetBits ? [{ node: mac.node, bits }] : [];
    });
    return reportLayers(context, offenders, {
      message: (names, _first, items) =>
        `The accumulator of ${names} needs up to ${bitsRange(items.map(({ bits }) => bits))} where ${targetBits} are there, so it can overflow; use fewer bits for input or weight`,
    });
  },
};
