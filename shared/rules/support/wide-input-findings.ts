/** Findings about multiplications that are charged 32 bits for their input: one per cause and place. */
import type { GraphNode } from "../../graph/graph.js";
import type { Fix, ProblemTarget } from "../../problems.js";
import { formatBops, formatShare } from "../../format.js";
import type { Finding, RuleContext } from "../types.js";
import { wideInputs, type Cause } from "./causes.js";
import { factsOf, type Mac } from "./facts.js";
import { priceOf, priceRemedies } from "./pricing.js";
import { capitalised } from "./quantizer-findings.js";
import { fixesOfReach, reachClause, reachOf, type Reach } from "./reach.js";
import { asQuantized } from "./remedies.js";
import type { Suggestion } from "./requantise.js";
import { groupByPlace, layerTarget, relatedEntries } from "./targets.js";
import { layersPhrase, priceClause, scoreChange } from "./wording.js";

/** A tensor that should have been quantised, with all multiplications that are charged for it. */
export interface WideTensor {
  readonly cause: Cause;
  /** Where a quantiser belongs. */
  readonly tensor: string;
  /** What makes it; absent for the model's input. */
  readonly node: GraphNode | undefined;
  /** What the problem is about: `node`, or the sum behind the ReLU that is `node`. */
  readonly culprit: GraphNode | undefined;
  readonly macs: readonly [Mac, ...Mac[]];
}

export interface WideTensorReport {
  readonly causes: readonly Cause[];
  readonly targetOf: (wide: WideTensor) => ProblemTarget;
  /** Keeps findings at the same place apart that need different fixes. */
  readonly variantOf?: (wide: WideTensor) => string;
  /** Leaves out what the profile accepts. */
  readonly accepts?: (wide: WideTensor) => boolean;
  readonly suggest: (wide: WideTensor) => Suggestion;
  /** What is wrong, without full stop and price. `readers` are charged: "a is", "2 quantConv1d layers (a and b) are". */
  readonly message: (place: readonly WideTensor[], readers: string, suggestion: Suggestion) => string;
  readonly fixes: (place: readonly WideTensor[], suggestion: Suggestion) => readonly Fix[];
  /** Further multiplications whose input the fix quantises, too, though it is no wide tensor. */
  readonly alsoQuantised?: (place: readonly WideTensor[]) => readonly Mac[];
  /** `"residual sum"`: what all places together are called, where the sum of their prices is worth saying. */
  readonly together?: string;
}

/** The tensors that cost 32 bits for one of these causes, in graph order. */
export function wideTensors(context: RuleContext, causes: readonly Cause[]): readonly WideTensor[] {
  const byTensor = new Map<string, WideTensor & { readonly macs: [Mac, ...Mac[]] }>();
  for (const { mac, ...wide } of wideInputs(context)) {
    if (!causes.includes(wide.cause)) continue;
    const known = byTensor.get(wide.tensor);
    if (known) known.macs.push(mac);
    else byTensor.set(wide.tensor, { ...wide, macs: [mac] });
  }
  return [...byTensor.values()];
}

/** The layer that the problem is about. */
export function culpritTarget(context: RuleContext, { culprit, node, macs }: WideTensor): ProblemTarget {
  return layerTarget(factsOf(context), culprit ?? node ?? macs[0].node);
}

/** The argument of the (first) multiplication that reads the tensor. */
export function readerTarget(context: RuleContext, { macs }: WideTensor): ProblemTarget {
  return layerTarget(factsOf(context), macs[0].node, [0]);
}

/** What a place is about: `add (add)`, `2 add layers (a and b)`. */
export function culpritsOf(context: RuleContext, place: readonly WideTensor[]): string {
  return layersPhrase(
    factsOf(context),
    place.flatMap(({ culprit }) => culprit ?? []),
  );
}

/** One finding per place, priced as if its tensors were quantised as suggested. */
export function* reportWideTensors(context: RuleContext, report: WideTensorReport): Iterable<Finding> {
  const facts = factsOf(context);
  const wide = wideTensors(context, report.causes).filter((tensor) => report.accepts?.(tensor) !== true);
  const places = groupByPlace(context, wide, report.targetOf, report.variantOf);
  const reaches = reachOf(context, places, wide, (first, items) => report.fixes(items, report.suggest(first)));
  const others = places.map(({ items }) => report.alsoQuantised?.(items) ?? []);
  const prices = priceRemedies(
    context,
    places.map(({ items, first }, index) => {
      const sharers = reaches[index]?.sharers ?? [];
      const further = others[index] ?? [];
      const quantized = (tensor: string, { bits, signed }: Suggestion) => asQuantized(tensor, bits, signed);
      return {
        changes: [
          ...items.map((item) => quantized(item.tensor, report.suggest(item))),
          ...sharers.map((item) => quantized(item.tensor, report.suggest(first))),
          ...further.map((mac) => quantized(mac.input, report.suggest(first))),
        ],
        nodes: [...[...items, ...sharers].flatMap(({ macs }) => macs), ...further].map(({ node }) => node.name),
      };
    }),
  );
  const together =
    report.together === undefined
      ? ""
      : togetherClause(
          context,
          report.together,
          places.flatMap(({ items }) => items),
          prices.filter((_, index) => isFirstOfReach(reaches, index)),
        );
  for (const [index, { items, first, target }] of places.entries()) {
    const price = prices[index] ?? priceOf(context, 0, 0);
    const suggestion = report.suggest(first);
    const macs = items.flatMap((wide) => wide.macs);
    const readers = `${layersPhrase(
      facts,
      macs.map((mac) => mac.node),
    )} ${macs.length === 1 ? "is" : "are"}`;
    const sharers = [
      ...(reaches[index]?.sharers ?? []).flatMap(({ culprit, node }) => culprit ?? node ?? []),
      ...(others[index] ?? []).map(({ node }) => node),
    ];
    const fixes = fixesOfReach(report.fixes(items, suggestion), sharers, price);
    const clauses = `${reachClause(context, sharers, price)}${priceClause(context, price)}${together}`;
    yield {
      message: `${capitalised(report.message(items, readers, suggestion))}${clauses}.`,
      target,
      ...relatedEntries(
        macs,
        (mac) => layerTarget(facts, mac.node),
        (mac) => `${layersPhrase(facts, [mac.node])} reads it at 32 bits: ${formatBops(mac.cost?.bops ?? 0)}`,
      ),
      price,
      ...(fixes.length > 0 && { fixes }),
    };
  }
}

/** What one fix mends at several places is to be counted once. */
function isFirstOfReach(reaches: readonly Reach<WideTensor>[], index: number): boolean {
  const key = reaches[index]?.key;
  return key === undefined || reaches.findIndex((reach) => reach.key === key) === index;
}

/** `; all 2 residual sums together make up 46.9 % of all bit-ops and cost +7.33 Mbop = 38.1 % (score 0.016211 → 0.011675 without)`. */
function togetherClause(
  context: RuleContext,
  noun: string,
  wide: readonly WideTensor[],
  prices: readonly ReturnType<typeof priceOf>[],
): string {
  const { bops } = context.cost.totals;
  const share = wide.flatMap(({ macs }) => macs).reduce((sum, mac) => sum + (mac.cost?.bops ?? 0), 0) / bops;
  const readers = `${formatShare(share)} of all bit-ops come from multiplications that read `;
  if (prices.length === 1) return `; ${readers}${wide.length === 1 ? "it" : `these ${wide.length} ${noun}s`}`;
  const sum = prices.reduce((all, price) => all + price.bops, 0);
  const total = priceOf(context, sum, 0);
  return (
    `; ${readers}the model's ${wide.length} ${noun}s, which together cost +${formatBops(sum)} = ${formatShare(sum / bops)}` +
    ` (${scoreChange(context, total)})`
  );
}
