import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf, type Facts } from "./support/facts.js";
import { reportQuantizers } from "./support/quantizer-findings.js";
import type { Quantizer } from "./support/quantizers.js";
import { dropQuantizerFix } from "./support/drop-quantizer.js";

export const quantisedConvOutputBeforeRelu: Rule = {
  code: "quantised-conv-output-before-relu",
  summary: "The result of a multiplication is not quantised before its ReLU.",
  description: `
A signed quantiser before a ReLU spends half of its levels on values that the ReLU sets to 0, and the quantiser behind the ReLU rounds a second time. Without the first one
the second has the whole range (brevitas, \`notebooks/02_quant_activation_overview.ipynb\`).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6), outputQuant: int(8) });
return quantReLU(x, { actQuant: uint(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });
return quantReLU(x, { actQuant: uint(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "warning", hls4ml: "warning", qcdq: "warning" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.quantizers.filter(
      (quantizer) =>
        quantizer.use === "activation" &&
        quantizer.signed &&
        isBehindMac(facts, quantizer) &&
        isBeforeRelu(facts, quantizer),
    );
    return reportQuantizers(context, offenders, {
      message: (what) =>
        `${what} rounds signed values whose negative half the ReLU behind it sets to 0; drop it and let the quantiser behind the ReLU have the whole range`,
      fixes: (first) => dropQuantizerFix(context, first),
    });
  },
};

function isBehindMac(facts: Facts, { input }: Quantizer): boolean {
  const node = facts.producer(input);
  const source = node?.opType === "BatchNormalization" ? facts.producer(node.inputs[0] ?? "") : node;
  return source !== undefined && facts.macOf(source) !== undefined;
}

function isBeforeRelu(facts: Facts, { output }: Quantizer): boolean {
  const consumers = facts.consumers(output);
  return consumers.length > 0 && consumers.every((node) => node.opType === "Relu");
}
