import { bitWidth } from "../graph/datatype.js";
import type { Rule } from "./types.js";
import { averagePattern, poolWindow } from "./support/average-pool.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { isNarrow } from "./support/flow.js";
import { reportLayers } from "./support/layer-findings.js";

export const avgpoolAccumulator: Rule = {
  code: "avgpool-accumulator",
  summary: "Says how many bits the sum behind an average pool has.",
  description: `
An average pool in integers sums k values of b bits (k² for a square window) before it divides; the sum has \`bit_length((2^b - 1) * k²)\` bits
(qonnx, \`src/qonnx/custom_op/general/quantavgpool2d.py\`, \`get_accum_size\`; brevitas, \`src/brevitas/quant_tensor/int_torch_handler.py\`,
\`max_acc_bit_width_avg_pool2d\`).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantAvgPool1d(x, { kernelSize: 4, truncQuant: int(8) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return maxPool1d(x, { kernelSize: 4 });`,
    }),
  },
  severity: { itu2021: "hint", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const facts = factsOf(context);
    const sums = facts.graph.nodes.flatMap((node) => {
      const pattern = averagePattern(facts, node);
      const type = facts.type(node.inputs[0] ?? "");
      const positions = poolWindow(facts, node)?.reduce((product, size) => product * size, 1);
      if (!pattern || positions === undefined || !isNarrow(type)) return [];
      return [{ node, positions, inputBits: bitWidth(type), bits: sumBits(bitWidth(type), positions) }];
    });
    return reportLayers(context, sums, {
      variant: ({ bits }) => String(bits),
      message: (names, { bits, positions, inputBits }) =>
        `The sum in ${names} needs ${bits} bits: ${positions} values of ${inputBits} bits`,
    });
  },
};

/** `bit_length((2^bits - 1) * count)`. */
export function sumBits(bits: number, count: number): number {
  return Math.floor(Math.log2((2 ** bits - 1) * count)) + 1;
}
