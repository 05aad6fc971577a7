import type { Rule } from "./types.js";
import { onnxExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportQuantizers } from "./support/quantizer-findings.js";
import { listed } from "./support/wording.js";

export const sharedWeightQuantiser: Rule = {
  code: "shared-weight-quantiser",
  summary: "A quantised weight is read by one node only.",
  description: `
FINN folds a weight and its quantiser into the layer that reads it, and refuses quantisers with several readers
(finn, \`src/finn/transformation/qonnx/fold_quant_weights.py\`, "not allowed to be fork nodes"). Write the quantiser once per reader. Only ONNX files can share one; layers of a
model file have weights of their own.
`,
  examples: {
    language: "onnx",
    bad: onnxExample({
      initializers: "float[2,2,1] v",
      nodes: `
q = qonnx.custom_op.general.Quant <signed = 1, narrow = 1> (v, s, z, b)
c = Conv (x, q)
y = Conv (c, q)`,
    }),
    good: onnxExample({
      initializers: "float[2,2,1] v",
      nodes: `
q = qonnx.custom_op.general.Quant <signed = 1, narrow = 1> (v, s, z, b)
r = qonnx.custom_op.general.Quant <signed = 1, narrow = 1> (v, s, z, b)
c = Conv (x, q)
y = Conv (c, r)`,
    }),
  },
  severity: { itu2021: "off", finn: "error", hls4ml: "off", qcdq: "off" },
  check(context) {
    const facts = factsOf(context);
    const readers = (tensor: string) => facts.consumers(tensor).map((node) => node.name);
    const offenders = facts.quantizers.filter(({ use, output }) => use === "weight" && readers(output).length > 1);
    return reportQuantizers(context, offenders, {
      message: (_what, { node, output }) =>
        `the weight quantiser ${node.name} is read by ${listed(readers(output))}, where FINN folds it into one layer only; write it once per reader`,
    });
  },
};
