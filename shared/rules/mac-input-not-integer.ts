import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { quantizerText } from "./support/quantizers.js";
import { requantiseFix, suggestFor } from "./support/requantise.js";
import { readerTarget, reportWideTensors } from "./support/wide-input-findings.js";
import { layersPhrase } from "./support/wording.js";

export const macInputNotInteger: Rule = {
  code: "mac-input-not-integer",
  summary: "Every multiplication reads an integer tensor of known width.",
  description: `
Most ops give a float to the cost tools: an activation, a batch norm or a softmax without a quantiser behind it, and in finn-base even
\`Concat\`, \`Pad\` and \`Clip\` of integers (\`src/finn/transformation/infer_datatypes.py\`; qonnx, \`src/qonnx/transformation/infer_datatypes.py\`). A multiplication
that reads a float is charged 32 bits for its input. hls4ml wants quantisers between all layers with non-trivial arithmetic
(\`docs/advanced/precision.rst\`).

Where a more specific rule knows the cause (the model's input, a residual sum, an average pool, a misplaced batch norm, a bare accumulator, a
quantiser that the tools do not accept), that rule reports it instead.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = relu(batchNorm1d(quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) })));
return quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = batchNorm1d(quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) }));
x = quantReLU(x, { actQuant: uint(6) });
return quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const facts = factsOf(context);
    return reportWideTensors(context, {
      causes: ["other"],
      targetOf: (wide) => readerTarget(context, wide),
      variantOf: ({ node }) => String(node && (facts.layerOf(node)?.origin?.calls.at(-1) ?? node.name)),
      suggest: ({ tensor, node }) => suggestFor(context, tensor, node?.inputs),
      message: (place, readers, { bits, signed }) => {
        const makers = layersPhrase(
          facts,
          place.flatMap(({ node }) => node ?? []),
        );
        return `nothing quantises what ${makers} gives, so ${readers} charged 32 bits for the input instead of ${bits}; quantise it with ${quantizerText(bits, signed)}`;
      },
      fixes: ([first], suggestion) => requantiseFix(context, first?.node, suggestion),
    });
  },
};
