import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { asQuantized, usualWeightBits } from "./support/remedies.js";

/** Layers that take a quantiser for their weights. */
const withWeightQuant: ReadonlySet<string> = new Set([
  ...["quantConv1d", "quantConv2d", "quantConvTranspose1d", "quantConvTranspose2d", "quantLinear"],
]);
import { reportLayers, setOptionFix } from "./support/layer-findings.js";

export const weightNotQuantised: Rule = {
  code: "weight-not-quantised",
  summary: "Every weight has a quantiser.",
  description: `
A float weight is charged 32 bits twice: in every multiplication and in the weight memory (finn-base, \`src/finn/analysis/inference_cost.py\`). FINN folds quantised weights only
(\`src/finn/transformation/qonnx/fold_quant_weights.py\`).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(8) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    const facts = factsOf(context);
    const bits = usualWeightBits(context);
    const offenders = facts.macs.flatMap(({ node, weight, cost, weightQuantizer }) => {
      const isFloat = cost?.weightType === "FLOAT32" && weightQuantizer === undefined;
      if (weight === undefined || !isFloat || facts.producer(weight)?.opType === "DequantizeLinear") return [];
      return [{ node, weight }];
    });
    return reportLayers(context, offenders, {
      path: ["weightQuant"],
      remedy: ({ weight }) => [asQuantized(weight, bits, true)],
      message: (names) =>
        `The weight of ${names} is not quantised and charged 32 bits; add weightQuant, such as int(${bits})`,
      fixes: ({ node }) =>
        withWeightQuant.has(facts.layerOf(node)?.kind ?? "")
          ? setOptionFix(context, node, {
              title: `Quantise the weight with int(${bits})`,
              option: "weightQuant",
              text: `int(${bits})`,
              imports: ["int"],
            })
          : [],
    });
  },
};
