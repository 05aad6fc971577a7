import { bitWidth, isSigned, type DataType } from "../graph/datatype.js";
import type { GraphNode } from "../graph/graph.js";
import type { Rule, RuleContext } from "./types.js";
import { isSum } from "./support/causes.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { isNarrow, typeSource } from "./support/flow.js";
import { sameScale } from "./support/same-scale.js";
import type { Quantizer } from "./support/quantizers.js";
import { reportLayers } from "./support/layer-findings.js";

export const addBitGrowth: Rule = {
  code: "add-bit-growth",
  summary: "Says how many bits the exact sum of two quantised tensors has.",
  description: `
The sum of integers of one scale lies between the sums of their limits and needs \`ceil(log2(max - min))\` bits: one more than operands of equal width
(brevitas, \`src/brevitas/quant_tensor/int_quant_tensor.py\`, \`__add__\`). A quantiser behind it with fewer bits rounds or saturates, which is often right,
but then no longer exact.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantReLU(x, { actQuant: uint(6) });
const y = quantReLU(quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return quantReLU(add(y, x, { inputQuant: uint(6) }), { actQuant: uint(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantReLU(x, { actQuant: uint(6) });
const y = quantReLU(quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return quantReLU(add(y, x, { inputQuant: uint(6) }), { actQuant: uint(7) });`,
    }),
  },
  severity: { itu2021: "hint", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const facts = factsOf(context);
    const narrowed = facts.graph.nodes.flatMap((node) => {
      const exact = isSum(facts, node) ? exactSumBits(context, node) : undefined;
      const behind = exact === undefined ? undefined : quantizerBehind(context, node);
      return exact !== undefined && behind?.bits !== undefined && behind.bits < exact
        ? [{ node, exact, bits: behind.bits }]
        : [];
    });
    return reportLayers(context, narrowed, {
      variant: ({ exact, bits }) => `${exact} ${bits}`,
      message: (names, { exact, bits }) =>
        `The exact sum ${names} has ${exact} bits, but is quantised to ${bits}; ${exact} bits would keep every value`,
    });
  },
};

/** Bits of the exact sum; `undefined` where operands have no integers of one scale. */
function exactSumBits(context: RuleContext, node: GraphNode): number | undefined {
  const facts = factsOf(context);
  const types = node.inputs.map((name) => facts.type(name));
  const [left, right] = node.inputs.map((name) => facts.quantizerOf(typeSource(context, name).tensor));
  if (!types.every(isNarrow) || !sameScale(left, right)) return undefined;
  const ranges = types.map(rangeOf);
  const least = ranges.reduce((sum, range) => sum + range.least, 0);
  const most = ranges.reduce((sum, range) => sum + range.most, 0);
  return Math.ceil(Math.log2(most - least));
}

function quantizerBehind(context: RuleContext, node: GraphNode): Quantizer | undefined {
  const facts = factsOf(context);
  const [next] = facts.consumers(node.outputs[0] ?? "");
  const last = next?.opType === "Relu" ? facts.consumers(next.outputs[0] ?? "")[0] : next;
  return last && facts.quantizerOf(last.outputs[0] ?? "");
}

function rangeOf(type: DataType): { readonly least: number; readonly most: number } {
  const bits = bitWidth(type);
  return isSigned(type) ? { least: -(2 ** (bits - 1)), most: 2 ** (bits - 1) - 1 } : { least: 0, most: 2 ** bits - 1 };
}
