import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { isNarrow, leadsToQuantizer } from "./support/flow.js";
import { reportLayers } from "./support/layer-findings.js";

export const maxpoolOk: Rule = {
  code: "maxpool-ok",
  summary: "Max pools stand behind the quantiser, where they compare integers.",
  description: `
A maximum of integers is one of these integers: a max pool keeps scale and width (\`MaxPool\` is in the list of ops that keep the type, qonnx,
\`src/qonnx/transformation/infer_datatypes.py\`). Quantising first gives exactly the same values, because quantisers are monotonic, and hardware then compares a few
bits instead of floats or wide sums. The score does not change.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });
return quantReLU(maxPool1d(x, { kernelSize: 2 }), { actQuant: uint(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });
return maxPool1d(quantReLU(x, { actQuant: uint(6) }), { kernelSize: 2 });`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.graph.nodes.filter(
      (node) =>
        node.opType === "MaxPool" &&
        !isNarrow(facts.type(node.inputs[0] ?? "")) &&
        facts.consumers(node.outputs[0] ?? "").some((next) => leadsToQuantizer(facts, next)),
    );
    return reportLayers(
      context,
      offenders.map((node) => ({ node })),
      {
        message: (names) =>
          `The max pool ${names} compares floats that are quantised behind it; put it behind the quantiser, where it compares integers with the same result`,
      },
    );
  },
};
