import { bitWidth, isSigned } from "../graph/datatype.js";
import type { Rule } from "./types.js";
import { formatCount } from "../format.js";
import { channelSums, isZeroCentred, targetBits } from "./support/accumulator.js";
import { linearExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { isNarrow } from "./support/flow.js";
import { reportLayers } from "./support/layer-findings.js";

export const a2qBound: Rule = {
  code: "a2q-bound",
  summary: "The weights of each output channel are small enough for a 32-bit accumulator.",
  description: `
A P-bit accumulator cannot overflow when for each output channel \`‖w‖₁ <= (2^(P-1) - 1) * 2^(s - a)\`, with the integer weights w, inputs of a bits, and s = 1 for signed inputs
(brevitas, \`src/brevitas/function/ops.py\`, \`get_upper_bound_on_l1_norm\`; accumulator-aware quantisation, A2Q). P is 32 here. Channels whose weights add up to 0 have the looser bound of \`a2q-plus-bound\`.
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
      const sums = isNarrow(type) ? channelSums(facts, mac) : undefined;
      const norms = (sums ?? [])
        .filter((sum) => !isZeroCentred(sum))
        .map(({ positive, negative }) => positive - negative);
      const bound = (2 ** (targetBits - 1) - 1) * 2 ** (Number(isSigned(type)) - bitWidth(type));
      const above = norms.filter((norm) => norm > bound).length;
      return above > 0
        ? [{ node: mac.node, above, channels: sums?.length ?? 0, largest: Math.max(...norms), bound }]
        : [];
    });
    return reportLayers(context, offenders, {
      message: (names, { above, channels, largest, bound }) =>
        `The weights of ${above} of ${channels} output channels of ${names} add up to as much as ${formatCount(largest)} where at most ${formatCount(Math.floor(bound))} fit a ${targetBits}-bit accumulator; use fewer bits, or train with a smaller norm`,
    });
  },
};
