import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { isNarrow } from "./support/flow.js";
import { wideTensors } from "./support/wide-input-findings.js";
import { reportLayers } from "./support/layer-findings.js";

export const dtypeLosingOp: Rule = {
  code: "dtype-losing-op",
  summary: "Explains where an integer tensor becomes a float that a multiplication pays for.",
  description: `
Only some ops hand an integer type on. Both cost tools: Reshape, Transpose, Flatten, Slice, Gather, Identity, MaxPool. Only qonnx:
GlobalMaxPool, Squeeze, Unsqueeze, Expand, Tile, Pad, Concat, Clip. Behind all others a tensor is FLOAT32 until a quantiser makes it an integer again:
BatchNormalization, Relu, AveragePool, Sigmoid, Softmax, Div, Trunc and so on (qonnx, \`src/qonnx/transformation/infer_datatypes.py\`;
finn-base, \`src/finn/transformation/infer_datatypes.py\`).

This is the explanation for a \`mac-input-not-integer\` further down, shown at the op where the integers were lost.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = pad(x, { padding: [13, 13] });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, padding: 13, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const facts = factsOf(context);
    const losing = wideTensors(context, ["other"]).flatMap(({ node }) =>
      node && isNarrow(facts.type(node.inputs[0] ?? "")) ? [node] : [],
    );
    return reportLayers(
      context,
      losing.map((node) => ({ node })),
      {
        message: (names, { node }) =>
          `Here ${names} turns ${facts.type(node.inputs[0] ?? "")} into FLOAT32 for ${context.cost.flavor}, which the next multiplication pays for; put the quantiser behind it instead of before it`,
      },
    );
  },
};
