import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportQuantizers } from "./support/quantizer-findings.js";
import { quantizerOption, writtenOptions } from "./support/targets.js";

export const oneBitNeedsBipolar: Rule = {
  code: "one-bit-needs-bipolar",
  summary: "One signed bit is written binary(): the levels are -scale and +scale.",
  description: `
Two's complement of one bit would have the levels -1 and 0; what everybody means is ±scale. QONNX has \`BipolarQuant\` for
it and says that \`IntQuant\` does not work for binary or bipolar values (qonnx, \`docs/qonnx-custom-ops/intquant_v1.md\`,
\`bipolarquant_v1.md\`); Brevitas picks the binary node when the width is 1
(brevitas, \`src/brevitas/export/onnx/qonnx/handler.py\`). FINN and hls4ml expect that node.

The official cost tools do not know \`BipolarQuant\`: for them a signed bit stays a \`Quant\` node of width 1, which costs
the same, so in the challenge this is a matter of style.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(1) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: binary() });`,
    }),
  },
  severity: { itu2021: "info", finn: "error", hls4ml: "error", qcdq: "off" },
  check(context) {
    const facts = factsOf(context);
    const fromSource = context.definition !== undefined;
    // A file for the cost tools is right to have a Quant node of one bit.
    if (!fromSource && context.profile === "itu2021") return [];
    const offenders = facts.quantizers.filter(
      (quantizer) =>
        quantizer.kind === "uniform" &&
        quantizer.signed &&
        quantizer.bits === 1 &&
        writtenOptions(facts, quantizer)?.kind !== "binary",
    );
    return reportQuantizers(context, offenders, {
      path: [0],
      message: (what) =>
        fromSource
          ? `${what} has one signed bit, whose levels are -scale and +scale, not -1 and 0; write binary()`
          : `${what} is a Quant node of one signed bit where a BipolarQuant node is expected; export it as BipolarQuant`,
      fixes: (first) => {
        const origin = facts.layerOf(first.node)?.origin;
        const option = quantizerOption(first);
        if (!origin || option === undefined) return [];
        return [
          {
            title: "Write binary()",
            preferred: true,
            edits: [
              { kind: "setOption", origin, path: [option], text: "binary()" },
              { kind: "ensureImport", names: ["binary"] },
            ],
          },
        ];
      },
    });
  },
};
