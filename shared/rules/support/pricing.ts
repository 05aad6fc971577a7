/** Prices: what the same model would save with problems mended, in as few what-ifs as possible. */
import { score } from "../../cost/score.js";
import type { CostChange, CostReport, NodeCost } from "../../cost/types.js";
import type { Price } from "../../problems.js";
import type { RuleContext } from "../types.js";

/** One way to mend something: the changes of a what-if, and the nodes whose cost they change. */
export interface Remedy {
  readonly changes: readonly CostChange[];
  /** Names of the MAC nodes; a name that stands there twice counts once. */
  readonly nodes: readonly string[];
}

/**
 * The price of each remedy, alone, in order.
 *
 * Remedies that touch different nodes share a what-if, and its differences are told apart by node. A weight and an
 * input of the same node need two what-ifs, so the number of what-ifs does not grow with the graph.
 */
export function priceRemedies(context: RuleContext, remedies: readonly Remedy[]): readonly Price[] {
  const prices = new Map<Remedy, Price>();
  for (const batch of disjointBatches(remedies)) {
    const difference = differences(
      context,
      batch.flatMap((remedy) => remedy.changes),
    );
    for (const remedy of batch) {
      const parts = [...new Set(remedy.nodes)].map(difference);
      prices.set(remedy, priceOf(context, total(parts, "bops"), total(parts, "memWBits")));
    }
  }
  return remedies.map((remedy) => prices.get(remedy) ?? priceOf(context, 0, 0));
}

/** The price of several remedies together. */
export function priceTogether(context: RuleContext, remedies: readonly Remedy[]): Price {
  const { totals } = context.cost;
  const mended = context.whatIf(remedies.flatMap((remedy) => remedy.changes)).totals;
  return priceOf(context, totals.bops - mended.bops, totals.memWBits - mended.memWBits);
}

/** A price with its score filled in. The score is linear in both sums, so a difference has a score too. */
export function priceOf(context: RuleContext, bops: number, memWBits: number): Price {
  return { bops, memWBits, score: score({ bops, memWBits }, context.baseline) };
}

/** Cost per node name, memoised on the report. */
export function nodeCosts(report: CostReport): ReadonlyMap<string, NodeCost> {
  let costs = costsOfReport.get(report);
  if (costs === undefined) {
    costs = new Map(report.nodes.map((cost) => [cost.node, cost]));
    costsOfReport.set(report, costs);
  }
  return costs;
}

const costsOfReport = new WeakMap<CostReport, ReadonlyMap<string, NodeCost>>();

type Saving = Pick<NodeCost, "bops" | "memWBits">;

const nothing: Saving = { bops: 0, memWBits: 0 };

/** What each node saves when all these changes are made. */
function differences(context: RuleContext, changes: readonly CostChange[]): (node: string) => Saving {
  const before = nodeCosts(context.cost);
  const after = nodeCosts(context.whatIf(changes));
  return (node) => {
    const [now, then] = [before.get(node), after.get(node)];
    return now && then ? { bops: now.bops - then.bops, memWBits: now.memWBits - then.memWBits } : nothing;
  };
}

/** First fit: each remedy goes to the first batch that has none of its nodes. */
function disjointBatches(remedies: readonly Remedy[]): readonly Remedy[][] {
  const batches: { readonly remedies: Remedy[]; readonly taken: Set<string> }[] = [];
  for (const remedy of remedies) {
    let batch = batches.find(({ taken }) => !remedy.nodes.some((node) => taken.has(node)));
    if (batch === undefined) {
      batch = { remedies: [], taken: new Set() };
      batches.push(batch);
    }
    batch.remedies.push(remedy);
    for (const node of remedy.nodes) batch.taken.add(node);
  }
  return batches.map((batch) => batch.remedies);
}

function total(parts: readonly Saving[], key: keyof Saving): number {
  return parts.reduce((sum, part) => sum + part[key], 0);
}
