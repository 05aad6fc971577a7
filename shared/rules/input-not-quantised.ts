import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { quantizerText } from "./support/quantizers.js";
import { inputQuantFix, inputQuantReach } from "./support/requantise.js";
import { readerTarget, reportWideTensors } from "./support/wide-input-findings.js";

/** What the winning design and the challenge's own baseline use. */
const suggestion = { bits: 8, signed: true };

export const inputNotQuantised: Rule = {
  code: "input-not-quantised",
  summary: "The model's input passes a quantiser before the first multiplication.",
  description: `
The input of a model is float, so the first layer is charged 32 bits for it (finn-base,
\`src/finn/transformation/infer_datatypes.py\`). The challenge's notebook begins with an 8-bit \`QuantHardTanh\` over a fixed range
(brevitas-radioml-challenge-21), and hls4ml asks for a quantiser immediately after the inputs (\`docs/advanced/precision.rst\`).
`,
  examples: {
    bad: modelExample({
      forward: `return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { minVal: -2, maxVal: 2, actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "error" },
  check(context) {
    return reportWideTensors(context, {
      causes: ["input"],
      targetOf: (wide) => readerTarget(context, wide),
      suggest: () => suggestion,
      message: (_place, readers, { bits, signed }) =>
        `nothing quantises the model's input, so ${readers} charged 32 bits for it instead of ${bits}; put a quantiser directly after the input, such as quantHardTanh or quantIdentity with ${quantizerText(bits, signed)}`,
      alsoQuantised: (place) =>
        inputQuantReach(
          context,
          place.flatMap(({ macs }) => macs),
        ),
      fixes: (place) =>
        inputQuantFix(
          context,
          place.flatMap(({ macs }) => macs),
          suggestion,
        ),
    });
  },
};
