import { bitWidth } from "../graph/datatype.js";
import type { Rule } from "./types.js";
import { formatCount } from "../format.js";
import { channelSums, isZeroCentred, targetBits } from "./support/accumulator.js";
import { linearExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { isNarrow } from "./support/flow.js";
import { reportLayers } from "./support/layer-findings.js";

export const a2qPlusBound: Rule = {
  code: "a2q-plus-bound",
  summary: "Zero-centred weights are small enough for a 32-bit accumulator.",
  description: `
Where the integer weights of an output channel add up to 0, an accumulator of P bits holds twice as much: \`‖w‖₁ <= (2^P - 2) / (2^a - 1)\` with inputs of a bits
(brevitas, \`src/brevitas/core/scaling/pre_scaling.py\`, \`AccumulatorAwareZeroCenterParameterPreScaling\`; A2Q+). P is 32 here. All other channels have the bound of \`a2q-bound\`.
`,
  examples: {
    weights: true,
    bad: linearExample(20, 20),
    good: linearExample(8, 6),
  },
  severity: { itu2021: "warning", finn: "warning", hls4ml: "warning", qcdq: "warning" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.macs.flatMap((mac) => {
      const type = facts.type(mac.input);
      const centred = (isNarrow(type) ? (channelSums(facts, mac) ?? []) : []).filter(isZeroCentred);
      const bound = (2 ** targetBits - 2) / (2 ** bitWidth(type) - 1);
      const largest = Math.max(0, ...centred.map(({ positive, negative }) => positive - negative));
      return largest > bound ? [{ node: mac.node, largest, bound }] : [];
    });
    return reportLayers(context, offenders, {
      message: (names, { largest, bound }) =>
        `The zero-centred weights of ${names} add up to as much as ${formatCount(largest)} in magnitude where at most ${formatCount(Math.floor(bound))} fit a ${targetBits}-bit accumulator; use fewer bits, or train with a smaller norm`,
    });
  },
};
