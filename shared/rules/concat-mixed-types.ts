import type { GraphNode } from "../graph/graph.js";
import type { Rule, RuleContext } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { isNarrow, leadsToQuantizer, typeSource } from "./support/flow.js";
import { quantizerText } from "./support/quantizers.js";
import { requantiseFix, suggestFor } from "./support/requantise.js";
import { sameScale } from "./support/same-scale.js";
import { reportLayers } from "./support/layer-findings.js";

export const concatMixedTypes: Rule = {
  code: "concat-mixed-types",
  summary: "What is concatenated has one type and one scale, or is quantised again.",
  description: `
The data type of a \`Concat\` is that of its first input alone (qonnx, \`src/qonnx/transformation/infer_datatypes.py\`), whatever the others are, and finn-base makes it
FLOAT32. Integers of different scales are no integers of one scale any more: Brevitas checks that the scales and zero points are the same
(\`src/brevitas/quant_tensor/int_quant_tensor.py\`, \`cat\`). A quantiser behind the concatenation settles both.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
const a = quantReLU(quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(4) });
const b = quantReLU(quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return concat([a, b]);`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
const a = quantReLU(quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) }));
const b = quantReLU(quantConv1d(x, { outChannels: 8, kernelSize: 1, bias: false, weightQuant: int(6) }));
return quantIdentity(concat([a, b]), { actQuant: uint(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const facts = factsOf(context);
    const mixed = facts.graph.nodes.flatMap((node) => {
      const complaint = node.opType === "Concat" ? complaintAbout(context, node) : undefined;
      return complaint === undefined ? [] : [{ node, complaint }];
    });
    return reportLayers(context, mixed, {
      variant: ({ complaint }) => complaint,
      message: (names, { node, complaint }) => {
        const { bits, signed } = suggestion(node);
        return `The concatenation ${names} joins ${complaint}; give its branches one quantiser, or quantise the result with ${quantizerText(bits, signed)}`;
      },
      fixes: ({ node }) => requantiseFix(context, node, suggestion(node)),
    });

    function suggestion(node: GraphNode) {
      return suggestFor(context, node.outputs[0] ?? "", node.inputs);
    }
  },
};

/** What differs between the branches; `undefined` when nothing does, or when it does not matter. */
function complaintAbout(context: RuleContext, node: GraphNode): string | undefined {
  const facts = factsOf(context);
  const computed = node.inputs.filter((name) => facts.tensor(name)?.constant !== true);
  const consumers = facts.consumers(node.outputs[0] ?? "");
  // Sums of floats that are quantised together later have nothing to lose.
  if (computed.length < 2 || (consumers.length > 0 && consumers.every((next) => leadsToQuantizer(facts, next))))
    return undefined;
  const types = [...new Set(computed.map((name) => facts.type(name)))];
  if (!types.some(isNarrow)) return undefined;
  if (types.length > 1) return `tensors of the types ${types.join(", ")}, and is charged as the first or as a float`;
  const [first, ...others] = computed.map((name) => facts.quantizerOf(typeSource(context, name).tensor));
  return others.every((other) => sameScale(first, other))
    ? undefined
    : `${computed.length} tensors of ${types.join("")} with different scales`;
}
