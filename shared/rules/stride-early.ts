import { numbersAttribute } from "../graph/attributes.js";
import { elementCount, type GraphNode } from "../graph/graph.js";
import type { Rule, RuleContext } from "./types.js";
import { modelExample } from "./support/example.js";
import { factsOf, type Mac } from "./support/facts.js";
import { priceOf } from "./support/pricing.js";
import { layerTarget, relatedEntries } from "./support/targets.js";
import { layersPhrase, priceClause } from "./support/wording.js";

/** Below this share of all bit-ops moving a stride is not worth a thought. */
const worthwhileShare = 0.1;

const pools: ReadonlySet<string> = new Set(["MaxPool", "AveragePool"]);

export const strideEarly: Rule = {
  code: "stride-early",
  summary: "Says what a stride would save some layers earlier.",
  description: `
A stride of s divides the output positions of its layer and of all layers behind it by s, and multiplications are counted per output position. The earlier it stands, the more layers profit; receptive field and accuracy
change, so it is a thing to try, not a mistake. The price is what the layers between the previous stride and this one would save.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 1, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 9, padding: 4, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return quantConv1d(x, { outChannels: 24, kernelSize: 9, padding: 4, stride: 2, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 1, stride: 2, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
x = quantReLU(quantConv1d(x, { outChannels: 24, kernelSize: 9, padding: 4, bias: false, weightQuant: int(6) }), { actQuant: uint(6) });
return quantConv1d(x, { outChannels: 24, kernelSize: 9, padding: 4, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "info", finn: "info", hls4ml: "info", qcdq: "info" },
  *check(context) {
    const facts = factsOf(context);
    for (const { node, factor, before } of lateStrides(context)) {
      const bops = before.reduce((sum, mac) => sum + (mac.cost?.bops ?? 0), 0) * (1 - 1 / factor);
      if (bops < worthwhileShare * context.cost.totals.bops) continue;
      const price = priceOf(context, bops, 0);
      const names = layersPhrase(
        facts,
        before.map((mac) => mac.node),
      );
      yield {
        message: `The stride of ${layersPhrase(facts, [node])} would also serve ${names} if it stood before them${priceClause(context, price)}.`,
        target: layerTarget(facts, node, ["stride"]),
        ...relatedEntries(
          before,
          (mac) => layerTarget(facts, mac.node),
          (mac) => `${layersPhrase(facts, [mac.node])} works on all positions`,
        ),
        price,
      };
    }
  },
};

interface LateStride {
  readonly node: GraphNode;
  /** By how much it divides the positions. */
  readonly factor: number;
  /** Convolutions between the previous stride and this one, in graph order. */
  readonly before: readonly Mac[];
}

function* lateStrides(context: RuleContext): Iterable<LateStride> {
  const facts = factsOf(context);
  let before: Mac[] = [];
  for (const node of facts.counted) {
    const mac = node.opType === "Conv" ? facts.macOf(node) : undefined;
    if (!mac && !pools.has(node.opType)) continue;
    const factor = elementCount(numbersAttribute(node, "strides") ?? []);
    if (factor <= 1) {
      if (mac) before.push(mac);
      continue;
    }
    // A pool over everything that is left ends the feature map; it could not stand earlier.
    const positions = elementCount(facts.shape(node.outputs[0])?.slice(2) ?? []);
    if (positions > 1 && before.length > 0) yield { node, factor, before };
    before = [];
  }
}
