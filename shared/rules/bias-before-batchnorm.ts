import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportLayers, setOptionFix } from "./support/layer-findings.js";

export const biasBeforeBatchnorm: Rule = {
  code: "bias-before-batchnorm",
  summary: "A layer directly before a batch norm has no bias.",
  description: `
Batch norm subtracts the mean of each channel, and with it any bias, and adds a shift of its own: the bias before it can be left out without changing what the network can
learn. It is free in the score, but it is a parameter to train, store and export for nothing. BacalhauNet and the challenge's example have \`bias: false\` there.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return batchNorm1d(quantConv1d(x, { outChannels: 24, kernelSize: 27, weightQuant: int(6) }));`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return batchNorm1d(quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) }));`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.macs.filter(({ bias, node }) => {
      const consumers = facts.consumers(node.outputs[0] ?? "");
      return bias !== undefined && consumers.length === 1 && consumers[0]?.opType === "BatchNormalization";
    });
    return reportLayers(context, offenders, {
      oncePerFile: true,
      path: ["bias"],
      message: (names) =>
        `The bias of ${names} is taken out again by the batch norm directly behind; set bias to false`,
      fixes: ({ node }) => setOptionFix(context, node, { title: "Leave the bias out", option: "bias", text: "false" }),
    });
  },
};
