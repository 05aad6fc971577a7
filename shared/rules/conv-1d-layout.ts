import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { layerTarget, relatedEntries } from "./support/targets.js";
import { layersPhrase, plural } from "./support/wording.js";

/** Ops that FINN has hardware layers for in two dimensions only. */
const spatial: ReadonlySet<string> = new Set(["Conv", "MaxPool", "AveragePool"]);

export const conv1dLayout: Rule = {
  code: "conv-1d-layout",
  summary: "Layouts that the target does not take as they are are changed when exporting.",
  description: `
FINN's convolutions and pools want four-dimensional tensors: a 1-D layer needs an additional dimension of size 1 (finn,
\`src/finn/transformation/fpgadataflow/convert_to_hw_layers.py\`, \`InferPool\`). hls4ml wants channels last, and \`MatMul\` instead of \`Gemm\` (\`docs/frontend/qonnx.rst\`). Neither changes the cost; write the
model as it is and convert it when exporting. One finding per model.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(4) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(4) });`,
    }),
    good: modelExample({
      inputShape: "[1, 2, 1024, 1]",
      forward: `
x = quantHardTanh(x, { actQuant: int(4) });
return quantConv2d(x, { outChannels: 24, kernelSize: [27, 1], bias: false, weightQuant: int(4) });`,
    }),
  },
  severity: { itu2021: "off", finn: "warning", hls4ml: "warning", qcdq: "off" },
  *check(context) {
    const facts = factsOf(context);
    const { profile } = context;
    const offenders = facts.counted.filter(({ opType, inputs: [input] }) => {
      if (profile === "finn") return spatial.has(opType) && facts.shape(input)?.length === 3;
      return opType === "Conv" || opType === "Gemm";
    });
    const [first, ...others] = offenders;
    if (first === undefined) return;
    const found = plural(offenders.length, "layer");
    yield {
      message:
        profile === "finn"
          ? `FINN wants 4-D tensors where the model has 3-D ones in ${found}, ${layersPhrase(facts, [first])} first; export it with an additional dimension of size 1.`
          : `hls4ml wants channels last and MatMul where the model has channels first or Gemm in ${found}, ${layersPhrase(facts, [first])} first; convert the exported file with qonnx's channels-last tool.`,
      target: layerTarget(facts, first),
      ...relatedEntries(
        others,
        (node) => layerTarget(facts, node),
        (node) => `also ${layersPhrase(facts, [node])}`,
      ),
    };
  },
};
