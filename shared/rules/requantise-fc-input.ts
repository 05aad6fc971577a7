import { bitWidth } from "../graph/datatype.js";
import type { Rule } from "./types.js";
import { isSum } from "./support/causes.js";
import { dropQuantizerFix } from "./support/drop-quantizer.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { isNarrow, typeSource } from "./support/flow.js";
import { reportQuantizers } from "./support/quantizer-findings.js";

export const requantiseFcInput: Rule = {
  code: "requantise-fc-input",
  summary: "A tensor that is quantised already is not quantised again with more bits.",
  description: `
A second quantiser cannot bring back what the first one rounded away; with more bits it only makes the next multiplication dearer. The winning design does it: its max pool gives 6 unsigned bits, which the classifier's
input quantiser makes 8 signed ones. Without it the classifier reads the 6 bits.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantReLU(x, { actQuant: uint(6) });
x = flatten(maxPool1d(x, { kernelSize: x.length }));
return quantLinear(x, { outFeatures: 24, bias: false, weightQuant: int(6), inputQuant: int(8) });`,
    }),
    good: modelExample({
      forward: `
x = quantReLU(x, { actQuant: uint(6) });
x = flatten(maxPool1d(x, { kernelSize: x.length }));
return quantLinear(x, { outFeatures: 24, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "info" },
  check(context) {
    const facts = factsOf(context);
    const typeBefore = (input: string) => facts.type(typeSource(context, input).tensor);
    const offenders = facts.quantizers.filter(({ use, input, output, bits = 0 }) => {
      const before = typeBefore(input);
      const isWider = use === "activation" && isNarrow(before) && bitWidth(before) < bits;
      // The operands of a sum need one scale, which is that of the wider one.
      return isWider && !facts.consumers(output).some((node) => isSum(facts, node));
    });
    return reportQuantizers(context, offenders, {
      variant: ({ input, bits }) => `${typeBefore(input)} ${bits ?? ""}`,
      remedy: ({ input, output }) => [{ kind: "dataType", tensor: output, dataType: typeBefore(input) }],
      message: (what, { input, bits }) =>
        `${what} widens ${typeBefore(input)} to ${bits ?? 0} bits, which brings nothing back; drop it and use the ${bitWidth(typeBefore(input))} bits`,
      fixes: (first) => dropQuantizerFix(context, first),
    });
  },
};
