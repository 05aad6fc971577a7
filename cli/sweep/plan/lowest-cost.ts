/** What a network costs at the lowest density that its recipe can reach: known before any training. */
import { computeCost, computeTotals } from "../../../shared/cost/cost.js";
import { score } from "../../../shared/cost/score.js";
import type { CostChange, NodeCost } from "../../../shared/cost/types.js";
import type { BudgetDefinition } from "../../../shared/dsl/definition.js";
import type { CostFlavor } from "../../../shared/graph/datatype.js";
import { formatCount } from "../../../shared/format.js";
import { formatPreciseScore } from "../../output/scores.js";
import type { Price } from "../../train/events/events.js";
import type { TrainableModel } from "../../train/model.js";
import { countOf } from "../../train/prune/masks.js";
import type { PruningPlan, StagePlan } from "../../train/run/plan.js";

type CostedModel = Pick<TrainableModel, "graph" | "baseline">;

/**
 * A bound from below, exact where the recipe says how many weights of each layer go. Without pruning it is the dense cost.
 * Ranked over all layers, the zeros are taken to lie where they save most. A threshold (`minAbs`) may prune anything, an aimed
 * score reaches that score. Zeros that rounding makes of small weights are not foreseen.
 */
export function lowestCost(
  model: CostedModel,
  stages: readonly Pick<StagePlan, "pruning">[],
  flavor: CostFlavor,
): Price {
  const costing = costingOf(model, flavor);
  const prunings = stages.flatMap(({ pruning }) => pruning ?? []);
  const sparsities = prunings.filter(({ aim }) => aim.kind === "sparsity");
  const candidates = [
    costing.at(() => 0),
    ...(sparsities.length === 0 ? [] : [costing.at(zerosOf(costing.weighted, sparsities))]),
    ...prunings.flatMap((pruning) => reached(pruning, costing)),
  ];
  const least = (name: keyof Price): number => Math.min(...candidates.map((price) => price[name]));
  return { score: least("score"), bops: least("bops"), memWBits: least("memWBits") };
}

/** One sentence when a cost is over a budget in any part. */
export function overBudget(lowest: Price, budget: BudgetDefinition | undefined): string | undefined {
  const parts = [
    { name: "score", limit: budget?.score, value: lowest.score, text: formatPreciseScore },
    { name: "bit-operations", limit: budget?.bops, value: lowest.bops, text: formatCount },
    { name: "weight bits", limit: budget?.memWBits, value: lowest.memWBits, text: formatCount },
  ];
  const over = parts.find(({ limit, value }) => limit !== undefined && value > limit);
  if (over?.limit === undefined) return undefined;
  return `not trained: at the lowest density of its recipe it has ${over.text(over.value)} ${over.name}, and the budget is ${over.text(over.limit)}`;
}

interface Costing {
  /** Nodes with weights. */
  readonly weighted: readonly WeightedNode[];
  /** The cost with so many zeros in each node's weight. */
  readonly at: (zeros: (node: WeightedNode) => number) => Price;
}

interface WeightedNode {
  readonly node: string;
  readonly elements: number;
  /** What a zero more takes off the score. */
  readonly saving: number;
}

function costingOf({ graph, baseline }: CostedModel, flavor: CostFlavor): Costing {
  const options = { flavor, discountSparsity: true };
  const weighted = computeCost(graph, { flavor, discountSparsity: false }).nodes.flatMap((node: NodeCost) => {
    const { denseWeightElements: elements } = node;
    return elements === 0 ? [] : [{ node: node.node, elements, saving: score(node, baseline) / elements }];
  });
  return {
    weighted,
    at: (zeros) => {
      const changes = weighted.map((node): CostChange => {
        const density = (node.elements - zeros(node)) / node.elements;
        return { kind: "density", node: node.node, density };
      });
      const totals = computeTotals(graph, { ...options, changes });
      return { score: score(totals, baseline), bops: totals.bops, memWBits: totals.memWBits };
    },
  };
}

function reached({ aim }: PruningPlan, { at }: Costing): Price[] {
  const empty = () => at(({ elements }) => elements);
  switch (aim.kind) {
    case "sparsity":
      return [];
    case "minAbs":
      return aim.value === 0 ? [] : [empty()];
    case "score":
      return [{ ...empty(), score: aim.value }];
  }
}

/** How many weights of a node are zero when stages that name a share have pruned. */
function zerosOf(weighted: readonly WeightedNode[], prunings: readonly PruningPlan[]): (node: WeightedNode) => number {
  const share = Math.max(...prunings.map(({ aim }) => aim.value));
  if (prunings.every(({ ranking }) => ranking.scope === "layer")) return ({ elements }) => countOf(share, elements);
  let left = countOf(
    share,
    weighted.reduce((sum, { elements }) => sum + elements, 0),
  );
  const zeros = new Map<WeightedNode, number>();
  for (const node of weighted.toSorted((a, b) => b.saving - a.saving)) {
    const own = Math.min(left, node.elements);
    zeros.set(node, own);
    left -= own;
  }
  return (node) => zeros.get(node) ?? 0;
}
