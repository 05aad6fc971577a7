import { bitWidth } from "../graph/datatype.js";
import { elementCount, type GraphNode } from "../graph/graph.js";
import type { Rule, RuleContext } from "./types.js";
import { formatBits, formatBops, formatShare } from "../format.js";
import { modelExample } from "./support/example.js";
import { factsOf } from "./support/facts.js";
import { reportLayers } from "./support/layer-findings.js";
import { priceOf } from "./support/pricing.js";
import { scoreChange } from "./support/wording.js";

/** What to use instead, where there is something. */
const advice: Readonly<Record<string, string>> = {
  GlobalAveragePool: "write it as AveragePool with a fixed kernel",
  GlobalMaxPool: "write it as MaxPool with a fixed kernel",
  BipolarQuant: "export it as Quant with bit width 1",
  IntQuant: "export it as Quant",
  Softmax: "leave it out: the largest logit stays the largest",
  ConvTranspose: "use upsample and a convolution, or agree on a formula and use customOp",
  Pad: "pad in the convolution, by its padding",
  Trunc: "use actQuant instead of truncQuant",
  Clip: "give it a quantiser, which clips by itself",
};

/** Reported by more specific rules. */
const otherRules: ReadonlySet<string> = new Set(["CodebookQuant", "QuantizeLinear", "DequantizeLinear"]);

export const unsupportedOp: Rule = {
  code: "unsupported-op",
  summary: "The cost tool knows every op of the graph.",
  description: `
The cost tools have a list of ops that cost nothing and a few that they price; every other op is only named under \`unsupported\`, and the rest of the result is no longer the
whole cost (qonnx, \`src/qonnx/analysis/inference_cost.py\`, \`zero_cost_ops\`). GlobalAveragePool, GlobalMaxPool, Softmax, IntQuant and BipolarQuant are among them; in finn-base
Pad, Clip and Trunc too. The challenge accepts such an op only with a cost formula that was agreed on: that is what \`customOp\` is for.

The message says what is at stake: nothing, if the op is waved through like a pool, or at most one multiplication for each of its weights and positions (each element, where it has no weights).
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConvTranspose1d(x, { outChannels: 4, kernelSize: 4, stride: 2, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = upsample(quantHardTanh(x, { actQuant: int(8) }), { scaleFactor: 2 });
x = quantIdentity(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 4, kernelSize: 4, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "error", finn: "warning", hls4ml: "warning", qcdq: "warning" },
  check(context) {
    const unknown = new Set(context.cost.unsupported.filter((opType) => !otherRules.has(opType)));
    const offenders = factsOf(context)
      .counted.filter((node) => unknown.has(node.opType))
      .map((node) => ({ node }));
    return reportLayers(context, offenders, {
      variant: ({ node }) => node.opType,
      message: (names, { node }, items) => {
        const tip = advice[node.opType] ?? "agree on a cost formula and use customOp";
        return `${node.opType} (${names}) is unknown to ${context.cost.flavor}'s cost tool, so the cost is not the whole cost: it adds at least nothing and ${mostClause(
          context,
          items.map((item) => item.node),
        )}; ${tip}`;
      },
    });
  },
};

/** `at most +98.3 kbop and 1,024 b = 0.5 % of all bit-ops (score 0.016211 → 0.016300)`. */
function mostClause(context: RuleContext, nodes: readonly GraphNode[]): string {
  const bounds = nodes.map((node) => upperBound(context, node));
  const bops = bounds.reduce((sum, bound) => sum + bound.bops, 0);
  const memWBits = bounds.reduce((sum, bound) => sum + bound.memWBits, 0);
  const { totals } = context.cost;
  const share = totals.bops > 0 ? ` = ${formatShare(bops / totals.bops)} of all bit-ops` : "";
  const memory = memWBits > 0 ? ` and +${formatBits(memWBits)} of weights` : "";
  return `at most +${formatBops(bops)}${share}${memory} (${scoreChange(context, priceOf(context, -bops, -memWBits))})`;
}

/** One multiplication of input by weight for each weight and position; of two inputs for each element without weights. */
function upperBound(context: RuleContext, node: GraphNode): { readonly bops: number; readonly memWBits: number } {
  const facts = factsOf(context);
  const [input = ""] = node.inputs;
  const inputBits = bitWidth(facts.type(input));
  const shapes = [facts.shape(input), facts.shape(node.outputs[0])].map((shape) => shape ?? []);
  const weights = node.inputs
    .slice(1)
    .filter((name) => facts.tensor(name)?.constant === true && (facts.shape(name)?.length ?? 0) > 1);
  if (weights.length === 0) {
    return { bops: Math.max(...shapes.map(elementCount)) * inputBits * inputBits, memWBits: 0 };
  }
  // A transposed convolution meets each weight once at every input position, a convolution at every output position.
  const counted = node.opType === "ConvTranspose" ? shapes.slice(0, 1) : shapes;
  const positions = Math.max(...counted.map((shape) => elementCount(shape.slice(2))));
  const sizes = weights.map((name) => ({
    elements: elementCount(facts.shape(name) ?? []),
    bits: bitWidth(facts.type(name)),
  }));
  return {
    bops: sizes.reduce((sum, { elements, bits }) => sum + elements * positions * inputBits * bits, 0),
    memWBits: sizes.reduce((sum, { elements, bits }) => sum + elements * bits, 0),
  };
}
