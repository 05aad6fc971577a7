import type { Rule } from "./types.js";
import { channelSums, exactFloatBits, neededBits, targetBits, worstCaseBits } from "./support/accumulator.js";
import { linearExample, modelExample } from "./support/example.js";
import { factsOf, type Facts, type Mac } from "./support/facts.js";
import { isNarrow } from "./support/flow.js";
import { reportLayers } from "./support/layer-findings.js";
import { bitsRange } from "./support/wording.js";

export const accumulatorFloatExact: Rule = {
  code: "accumulator-float-exact",
  summary: "Sums that are simulated in float32 stay within 24 bits.",
  description: `
TensorFlow.js and ONNX Runtime compute a quantised model in float32, which holds whole numbers exactly up to 24 bits. A wider accumulator rounds, and the simulated result can differ from that of integer hardware in the
last place (qonnx, \`docs/overview.rst\`: floating point arithmetic can introduce rounding errors). Above 32 bits \`accumulator-overflow-32\` reports instead.
`,
  examples: {
    bad: linearExample(8, 8),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "warning" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.macs.flatMap((mac) => {
      const bits = knownBits(facts, mac);
      return bits > exactFloatBits && bits <= targetBits ? [{ node: mac.node, bits }] : [];
    });
    return reportLayers(context, offenders, {
      message: (names, _first, items) =>
        `The accumulator of ${names} needs up to ${bitsRange(items.map(({ bits }) => bits))}, but float32, in which it is simulated, is exact to ${exactFloatBits} only`,
    });
  },
};

/** For the weights where they are known, else in the worst case; 0 where nothing is. */
function knownBits(facts: Facts, mac: Mac): number {
  const type = facts.type(mac.input);
  const sums = isNarrow(type) ? channelSums(facts, mac) : undefined;
  return sums ? neededBits(sums, type) : (worstCaseBits(facts, mac) ?? 0);
}
