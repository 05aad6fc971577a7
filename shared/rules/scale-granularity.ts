import { elementCount, type Shape } from "../graph/graph.js";
import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf, type Facts, type Mac } from "./support/facts.js";
import { quantizedOutputAxis } from "./support/layers.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";
import type { Quantizer } from "./support/quantizers.js";

export const scaleGranularity: Rule = {
  code: "scale-granularity",
  summary: "Weights have one scale or one per output channel; activations have one.",
  description: `
A scale per output channel of a weight can be moved behind the multiplication, anything finer cannot: FINN folds no scale
beyond output channels (\`src/finn/transformation/qonnx/fold_quant_weights.py\`), QCDQ knows scalars and one dimension
(qonnx, \`src/qonnx/transformation/qonnx_to_qcdq.py\`), and Brevitas exports no groups
(\`src/brevitas/export/onnx/qonnx/handler.py\`). A scale per channel of an activation would have to be applied inside the
sum of the next multiplication, which then is no integer sum any more.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });
x = quantReLU(x, { actQuant: uint(6, { granularity: "channel" }) });
return quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6, { granularity: "channel" }) });
x = quantReLU(x, { actQuant: uint(6) });
return quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "warning", qcdq: "warning" },
  check(context) {
    const facts = factsOf(context);
    const macOfWeight = new Map(facts.macs.map((mac) => [mac.weightQuantizer?.node.name, mac]));
    const offenders = facts.quantizers.filter((quantizer) => {
      const shape = quantizer.scale?.shape;
      if (shape === undefined || elementCount(shape) === 1) return false;
      if (quantizer.use === "activation") return true;
      const mac = macOfWeight.get(quantizer.node.name);
      return quantizer.use === "weight" && mac !== undefined && !isPerOutputChannel(facts, quantizer, mac, shape);
    });
    return reportQuantizers(context, offenders, {
      path: ["granularity"],
      message: (what, { use, scale }) =>
        use === "activation"
          ? `${what} has ${elementCount(scale?.shape ?? [])} scales, one per channel, where activations need one so that sums over channels stay integers; leave granularity out`
          : `${what} has scales of shape [${(scale?.shape ?? []).join(", ")}] where one, or one per output channel, is expected`,
      fixes: (first) =>
        first.use === "activation"
          ? quantizerFix(first, "Use one scale for the tensor", (origin) => [
              { kind: "removeOption", origin, path: ["granularity"] },
            ])
          : [],
    });
  },
};

/** True when the scale varies along the output channels only. */
function isPerOutputChannel(facts: Facts, quantizer: Quantizer, mac: Mac, scale: Shape): boolean {
  const axis = quantizedOutputAxis(facts, mac);
  const offset = (facts.shape(quantizer.input)?.length ?? scale.length) - scale.length;
  return scale.every((size, at) => size === 1 || at + offset === axis);
}
