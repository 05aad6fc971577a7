import type { Fix } from "../problems.js";
import type { Rule, RuleContext } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportQuantizers } from "./support/quantizer-findings.js";
import { quantizerText, type Quantizer } from "./support/quantizers.js";
import { isNonNegative } from "./support/sign.js";
import { signFix } from "./support/sign-fix.js";

/** Behind these, FINN takes a quantiser for one without activation and wants it signed; so it does without predecessor. */
const identityPredecessors: ReadonlySet<string> = new Set(["BatchNormalization", "Add", "Sub", "Mul", "Div"]);

export const identityUnsignedQuantiser: Rule = {
  code: "identity-unsigned-quantiser",
  summary: "Without a ReLU before it a quantiser is signed.",
  description: `
An unsigned quantiser sets everything negative to 0: it is a ReLU that nobody wrote. FINN accepts only signed quantisers behind batch norm, \`add\`,
\`mul\` and the like, or behind nothing (finn, \`src/finn/transformation/qonnx/qonnx_activation_handlers.py\`, \`QuantIdentityHandler\`).
If the ReLU is meant, \`quantReLU\` gives the same values and says so.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = batchNorm1d(quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) }));
return quantIdentity(x, { actQuant: uint(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = batchNorm1d(quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) }));
return quantReLU(x, { actQuant: uint(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "error", hls4ml: "info", qcdq: "info" },
  check(context) {
    const facts = factsOf(context);
    const offenders = facts.quantizers.filter(({ kind, use, signed, input }) => {
      if (kind !== "uniform" || use !== "activation" || signed) return false;
      const before = facts.producer(input)?.opType;
      if (before === "Relu") return false;
      const isIdentity = before === undefined || identityPredecessors.has(before);
      return context.profile === "finn" ? isIdentity : !isNonNegative(context, input);
    });
    return reportQuantizers(context, offenders, {
      message: (what, { input, bits = 0 }) =>
        isNonNegative(context, input)
          ? `${what} is unsigned without a ReLU before it, where FINN expects ${quantizerText(bits, true)}; use quantReLU, which gives the same values`
          : `${what} is unsigned without a ReLU before it and sets everything negative to 0; use quantReLU if that is meant, else ${quantizerText(bits, true)}`,
      fixes: (first, items) => [
        ...reluFix(context, first),
        ...signFix(context, items, { bits: first.bits ?? 8, signed: true, preferred: false }),
      ],
    });
  },
};

/** A quantiser layer becomes a ReLU with the same quantiser: the same values. */
function reluFix(context: RuleContext, { node }: Quantizer): Fix[] {
  const layer = factsOf(context).layerOf(node);
  if (!layer?.origin || layer.kind !== "quantIdentity") return [];
  return [
    {
      title: "Use quantReLU",
      preferred: true,
      edits: [
        { kind: "replaceCallee", origin: layer.origin, text: "quantReLU" },
        { kind: "ensureImport", names: ["quantReLU"] },
      ],
    },
  ];
}
