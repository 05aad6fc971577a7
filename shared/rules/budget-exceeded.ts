import { score } from "../cost/score.js";
import type { Finding, Rule, RuleContext } from "./types.js";
import { formatBits, formatBops, formatShare } from "../format.js";
import { modelExample } from "./support/example.js";

export const budgetExceeded: Rule = {
  code: "budget-exceeded",
  summary: "The model stays within its own budget.",
  description: `
\`budget: { score, bops, memWBits }\` in \`defineModel\` is a promise that editors and \`quantlens check\` hold the model to. It is judged with the selected weights. Without weights the cost is
that of a dense network; when the recipe prunes, that says little about the final model (BacalhauNet: 0.082 dense, 0.016 after pruning), so it is information only.
`,
  examples: {
    bad: modelExample({
      properties: "budget: { score: 0.001 },",
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
    good: modelExample({
      properties: "budget: { score: 0.1 },",
      forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
    }),
  },
  severity: { itu2021: "warning", finn: "warning", hls4ml: "warning", qcdq: "warning" },
  *check(context) {
    const { totals } = context.cost;
    const budget = context.definition?.budget;
    const now = score(totals, context.baseline);
    yield* compare(context, { property: "score", noun: "score", found: now, allowed: budget?.score, format: String });
    yield* compare(context, {
      property: "bops",
      noun: "cost of",
      found: totals.bops,
      allowed: budget?.bops,
      format: formatBops,
    });
    yield* compare(context, {
      property: "memWBits",
      noun: "weight memory of",
      found: totals.memWBits,
      allowed: budget?.memWBits,
      format: formatBits,
    });
  },
};

interface Comparison {
  readonly property: string;
  readonly noun: string;
  readonly found: number;
  readonly allowed: number | undefined;
  readonly format: (value: number) => string;
}

function* compare(context: RuleContext, { property, noun, found, allowed, format }: Comparison): Iterable<Finding> {
  if (allowed === undefined || found <= allowed) return;
  const stillDense = !context.hasWeights && context.definition?.recipe.some((stage) => stage.kind === "prune") === true;
  const shown = property === "score" ? found.toFixed(6) : format(found);
  const excess = `${noun} ${shown} is ${formatShare(found / allowed - 1)} above the budget of ${format(allowed)}`;
  yield {
    message: stillDense
      ? `Dense, before the recipe prunes, the ${excess}; select trained weights to judge the budget by them.`
      : `The ${excess}; make the model cheaper, or raise the budget.`,
    target: { kind: "model", path: ["budget", property] },
    ...(stillDense && { severity: "info" }),
  };
}
