import type { Rule } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { quantizerFix, reportQuantizers } from "./support/quantizer-findings.js";
import { firstFailing, type Quantizer } from "./support/quantizers.js";

export const bipolarScaleNotOne: Rule = {
  code: "bipolar-scale-not-one",
  summary: "The scale of a bipolar (one signed bit) tensor is exactly 1.",
  description: `
qonnx gives a \`BipolarQuant\` node the type BIPOLAR only when its scale is 1; with any other it is FLOAT32 and charged
32 bits (\`src/qonnx/custom_op/general/bipolar_quant.py\`). FINN refuses bipolar activations with another scale
(finn, \`src/finn/transformation/qonnx/qonnx_activation_handlers.py\`), hls4ml wants at least a constant one
(\`hls4ml/model/optimizer/passes/bipolar_quant_opt.py\`). A scale behind a multiplication is absorbed by batch norm.
`,
  examples: {
    profile: "finn",
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: binary() });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: binary({ scale: 1 }) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "warning", qcdq: "off" },
  check(context) {
    // A Quant node of one bit keeps its width whatever its scale: in the challenge only the other node matters.
    const asQuantToo = context.profile !== "itu2021";
    const offenders = factsOf(context).quantizers.filter(
      (quantizer) =>
        (quantizer.kind === "bipolar" || (asQuantToo && isOneSignedBit(quantizer))) &&
        scaleFound(quantizer) !== undefined,
    );
    return reportQuantizers(context, offenders, {
      path: ["scale"],
      variant: (quantizer) => scaleFound(quantizer) ?? "",
      remedy: ({ kind, output }) =>
        kind === "bipolar" ? [{ kind: "dataType", tensor: output, dataType: "BIPOLAR" }] : [],
      message: (what, first) =>
        `${what} has ${scaleFound(first) ?? ""} where a bipolar tensor needs exactly 1; set scale to 1`,
      fixes: (first) =>
        quantizerFix(first, "Set the scale to 1", (origin) => [
          { kind: "setOption", origin, path: ["scale"], text: "1" },
        ]),
    });
  },
};

function isOneSignedBit({ kind, bits, signed }: Quantizer): boolean {
  return kind === "uniform" && bits === 1 && signed;
}

/** The scale in words; `undefined` when it is 1. */
function scaleFound({ scale }: Quantizer): string | undefined {
  if (scale?.data === undefined) return "a scale that is found in training";
  const value = firstFailing(scale.data, (element) => element === 1);
  return value === undefined ? undefined : `the scale ${Number(value.toPrecision(6))}`;
}
