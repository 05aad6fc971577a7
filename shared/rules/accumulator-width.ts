import type { Rule, RuleContext } from "./types.js";
import { brevitasBits, channelSums, worstCaseBits } from "./support/accumulator.js";
import { factsOf, type Mac } from "./support/facts.js";
import { reportWidths, widthExamples } from "./support/width-findings.js";
import { bitsRange, layersPhrase } from "./support/wording.js";

export const accumulatorWidth: Rule = {
  code: "accumulator-width",
  summary: "Says how wide an accumulator has to be, whatever the weights.",
  description: `
The largest sum of a layer is \`(2^a - 1) * (2^w - 1)\` for each of its \`kernel * input channels / groups\` products with a-bit inputs and w-bit weights (\`2^w - 2\` for narrow weights), so its
accumulator needs \`ceil(log2(...))\` bits of that, and one more with a bias (brevitas, \`src/brevitas/quant_tensor/int_torch_handler.py\`, \`max_acc_bit_width_convNd\`).

This number is Brevitas's, and there are types for which it is one bit too small in two's complement, or two:

- one-bit weights of ±1 with unsigned inputs, always, and with signed inputs for many numbers of products: the formula has no bit for the sign;
- signed weights that are not narrow with unsigned inputs, and unsigned weights with signed inputs, for some numbers of products: the least integer \`-2^(w-1)\` is more than half of \`2^w - 1\`. Of all layers
  with inputs of 1 to 8 bits and up to 64 products these are 33 % with 2-bit weights, 5 % with 4 bits, 0.6 % with 6 bits and none with 8;
- inputs of one bit: signed ones (±1) for some numbers of products, unsigned ones with narrow 2-bit or unsigned 1-bit weights where the number of products is a power of two;
- a bias with a sum that is never negative, and an unsigned bias with one that is.

The message then says how many bits hold every sum. For unsigned inputs of two bits or more with narrow weights of two bits or more, and for signed inputs and weights of two bits or more, with a signed bias or none, the
formula is enough. The other rules about accumulators, hovers and \`quantlens inspect\` use the width that holds every sum.

With trained weights selected, \`accumulator-needed\` says how many bits really suffice.
`,
  examples: widthExamples,
  severity: { itu2021: "hint", finn: "info", hls4ml: "info", qcdq: "hint" },
  check: (context) =>
    reportWidths(
      context,
      (facts, mac) => (channelSums(facts, mac) === undefined ? brevitasBits(facts, mac) : undefined),
      (names, bits, macs) => `The accumulator of ${names} needs at most ${bits}${shortClause(context, macs)}`,
    ),
};

/** What holds every sum, where Brevitas's formula does not. */
function shortClause(context: RuleContext, macs: readonly Mac[]): string {
  const facts = factsOf(context);
  const short = macs.filter((mac) => (worstCaseBits(facts, mac) ?? 0) > (brevitasBits(facts, mac) ?? 0));
  if (short.length === 0) return "";
  const bits = bitsRange(short.map((mac) => worstCaseBits(facts, mac) ?? 0));
  const whose =
    short.length === macs.length
      ? ""
      : ` of ${layersPhrase(
          facts,
          short.map(({ node }) => node),
        )}`;
  return ` by Brevitas's formula, which is too small here: ${bits} hold every sum${whose}`;
}
