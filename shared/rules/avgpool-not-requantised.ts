import type { GraphNode } from "../graph/graph.js";
import type { Finding, Rule, RuleContext } from "./types.js";
import { isAverage } from "./support/causes.js";
import { modelExample } from "./support/example.js";
import { factsOf, type Facts } from "./support/facts.js";
import { typeSource } from "./support/flow.js";
import { isQuantizer, quantizerText } from "./support/quantizers.js";
import { averagePattern } from "./support/average-pool.js";
import { requantiseFix, suggestFor } from "./support/requantise.js";
import { culpritTarget, reportWideTensors, culpritsOf, wideTensors } from "./support/wide-input-findings.js";
import { reportLayers } from "./support/layer-findings.js";

export const avgpoolNotRequantised: Rule = {
  code: "avgpool-not-requantised",
  summary: "The result of an average pool passes a quantiser.",
  description: `
A mean of integers is a fraction: the cost tools make it FLOAT32, and the next multiplication is charged 32 bits for its input.
FINN accepts an average pool only as the exact pattern \`AveragePool → Mul(k²) → Trunc\`
(finn, \`src/finn/transformation/qonnx/infer_quant_avg_pool_2d.py\`), whose \`Trunc\` is FLOAT32 to the cost tools as well
(qonnx, \`src/qonnx/custom_op/general/trunc.py\`); a quantiser behind the pool serves both.
`,
  examples: {
    bad: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = globalAvgPool(x);
return quantLinear(flatten(x), { outFeatures: 24, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
x = quantIdentity(globalAvgPool(x), { actQuant: int(8) });
return quantLinear(flatten(x), { outFeatures: 24, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "error", hls4ml: "error", qcdq: "error" },
  *check(context) {
    const facts = factsOf(context);
    yield* reportWideTensors(context, {
      causes: ["average"],
      accepts: ({ culprit }) =>
        context.profile === "finn" && culprit !== undefined && averagePattern(facts, culprit) !== undefined,
      targetOf: (wide) => culpritTarget(context, wide),
      suggest: ({ tensor, culprit }) => suggestFor(context, tensor, culprit?.inputs),
      message: (place, readers, { bits, signed }) =>
        `nothing quantises the mean of ${culpritsOf(context, place)}, so ${readers} charged 32 bits for the input instead of ${bits}; quantise the mean with ${quantizerText(bits, signed)}`,
      fixes: ([first], suggestion) => requantiseFix(context, first?.node, suggestion),
    });
    if (context.profile === "finn") yield* unpricedPools(context);
  },
};

/** Average pools that no multiplication reads cost nothing, but FINN refuses them all the same. */
function* unpricedPools(context: RuleContext): Iterable<Finding> {
  const facts = factsOf(context);
  const reported = new Set(wideTensors(context, ["average"]).map(({ culprit }) => culprit));
  const pools = facts.graph.nodes.filter((node) => {
    if (!isAverage(node) || reported.has(node) || averagePattern(facts, node)) return false;
    return !facts.consumers(node.outputs[0] ?? "").some((next) => quantizes(facts, next));
  });
  const open = pools.filter((node) => typeSource(context, node.outputs[0] ?? "").node === node);
  yield* reportLayers(
    context,
    open.map((node) => ({ node })),
    {
      message: (names) =>
        `The result of ${names} is a mean that nothing quantises, where FINN needs a quantiser or the pattern AveragePool, Mul, Trunc behind it`,
      fixes: ({ node }) => requantiseFix(context, node, suggestFor(context, node.outputs[0] ?? "", node.inputs)),
    },
  );
}

/** True for a quantiser, and for the ReLU in front of one. */
function quantizes(facts: Facts, node: GraphNode): boolean {
  if (node.opType !== "Relu") return isQuantizer(node);
  return facts.consumers(node.outputs[0] ?? "").some((next) => isQuantizer(next));
}
