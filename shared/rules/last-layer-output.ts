import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { typeSource } from "./support/flow.js";
import { dropQuantizerFix } from "./support/drop-quantizer.js";
import { reportQuantizers } from "./support/quantizer-findings.js";

export const lastLayerOutput: Rule = {
  code: "last-layer-output",
  summary: "The model's output needs no quantiser.",
  description: `
Nothing multiplies the model's output, so its width is charged to nobody: the score counts the *inputs* and weights of multiplications
(finn-base, \`src/finn/analysis/inference_cost.py\`). The challenge asks to quantise every layer except for the final classification output. A quantiser there only makes
logits coarser, and the largest one harder to tell.
`,
  examples: {
    bad: modelExample({
      forward: `
x = flatten(quantHardTanh(x, { actQuant: int(8) }));
return quantLinear(x, { outFeatures: 24, bias: false, weightQuant: int(6), outputQuant: int(8) });`,
    }),
    good: modelExample({
      forward: `
x = flatten(quantHardTanh(x, { actQuant: int(8) }));
return quantLinear(x, { outFeatures: 24, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.graph.outputs.flatMap((output) => {
      const quantizer = facts.quantizerOf(typeSource(context, output).tensor);
      const maker = quantizer && facts.producer(quantizer.input);
      // Only a classifier's logits: a model may well end in an activation that other hardware reads.
      return quantizer && maker && facts.macOf(maker) && facts.consumers(quantizer.output).length === 0
        ? [quantizer]
        : [];
    });
    return reportQuantizers(context, offenders, {
      message: (what) =>
        `${what} quantises the model's output, which nothing multiplies, so it saves nothing and makes the result coarser; leave it out`,
      fixes: (first) => dropQuantizerFix(context, first),
    });
  },
};
