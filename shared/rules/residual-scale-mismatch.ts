import type { GraphNode } from "../graph/graph.js";
import type { Rule, RuleContext } from "./types.js";
import { isSum } from "./support/causes.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { isNarrow, typeSource } from "./support/flow.js";
import { quantizerText } from "./support/quantizers.js";
import { suggestFor } from "./support/requantise.js";
import { sameScale } from "./support/same-scale.js";
import { reportLayers, setOptionFix } from "./support/layer-findings.js";

export const residualScaleMismatch: Rule = {
  code: "residual-scale-mismatch",
  summary: "Both operands of a sum have the same scale, width and sign.",
  description: `
Integers add up only when they count the same steps. With different scales the sum is computed in floats or needs a multiplier:
Brevitas refuses it (\`src/brevitas/quant_tensor/base_quant_tensor.py\`, "Scaling factors are different"; issue 1101), and FINN makes no
hardware adder of operands with different types (finn, \`src/finn/transformation/fpgadataflow/convert_to_hw_layers.py\`, \`InferAddStreamsLayer\`).

\`add(y, x, { inputQuant: uint(6) })\` passes both operands through one quantiser. The challenge does not mind, and neither does the score.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantReLU(x, { actQuant: uint(6) });
const y = quantReLU(quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return add(y, x);`,
    }),
    good: modelExample({
      forward: `
x = quantReLU(x, { actQuant: uint(6) });
const y = quantReLU(quantConv1d(x, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return add(y, x, { inputQuant: uint(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const facts = factsOf(context);
    const mismatched = facts.graph.nodes.flatMap((node) => {
      const complaint = isSum(facts, node) ? complaintAbout(context, node) : undefined;
      return complaint === undefined ? [] : [{ node, complaint }];
    });
    return reportLayers(context, mismatched, {
      variant: ({ complaint }) => complaint,
      message: (names, { node, complaint }) =>
        `The operands of ${names} are ${complaint}, whose sum is no sum of integers; pass both through one quantiser, such as ${shared(context, node)}`,
      fixes: ({ node }) => {
        const quantizer = shared(context, node);
        if (facts.layerOf(node)?.kind !== "add") return [];
        return setOptionFix(context, node, {
          title: `Pass both operands through ${quantizer}`,
          option: "inputQuant",
          text: quantizer,
          imports: [quantizer.startsWith("u") ? "uint" : "int"],
        });
      },
    });
  },
};

/** A quantiser that suits both operands. */
function shared(context: RuleContext, node: GraphNode): string {
  const { bits, signed } = suggestFor(context, node.outputs[0] ?? "", node.inputs);
  return quantizerText(bits, signed);
}

/** What differs between the operands; `undefined` for equal ones and for floats. */
function complaintAbout(context: RuleContext, node: GraphNode): string | undefined {
  const facts = factsOf(context);
  const types = node.inputs.map((name) => facts.type(name));
  if (!types.every(isNarrow)) return undefined;
  if (types[0] !== types[1]) return types.join(" and ");
  const [left, right] = node.inputs.map((name) => facts.quantizerOf(typeSource(context, name).tensor));
  return sameScale(left, right) ? undefined : `two ${types[0] ?? ""} tensors with scales of their own`;
}
