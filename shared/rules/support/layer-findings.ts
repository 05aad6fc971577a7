/** Findings about layers: grouped by the call that made them, priced together. */
import type { CostChange } from "../../cost/types.js";
import type { GraphNode } from "../../graph/graph.js";
import type { Fix, OptionPath, Severity } from "../../problems.js";
import type { Finding, RuleContext } from "../types.js";
import { factsOf } from "./facts.js";
import { priceRemedies } from "./pricing.js";
import { fixesOfReach, reachClause, reachOf } from "./reach.js";
import { groupByPlace, layerTarget, relatedEntries } from "./targets.js";
import { layersPhrase, priceClause } from "./wording.js";

/** Whatever a rule found out about a node. */
export interface About {
  readonly node: GraphNode;
}

export interface LayerReport<T extends About> {
  /** The option that is wrong; default: the whole call. */
  readonly path?: OptionPath;
  /** What is wrong, when it differs between executions of the same call. */
  readonly variant?: (item: T) => string;
  /** The what-if that mends it: it changes the cost of the item's own node. */
  readonly remedy?: (item: T) => readonly CostChange[];
  /** Says something about each layer of an ONNX file, so that one finding for all of them is enough. */
  readonly oncePerFile?: boolean;
  /** What to say about each further layer; default: its name. */
  readonly detail?: (item: T) => string;
  /** The sentence without full stop and price; `names` are all layers of the place. */
  readonly message: (names: string, first: T, items: readonly T[]) => string;
  readonly fixes?: (first: T, items: readonly T[]) => readonly Fix[];
  readonly severity?: (first: T) => Severity | undefined;
}

/** One finding per place in the source for all `offenders` made there. */
export function* reportLayers<T extends About>(
  context: RuleContext,
  offenders: readonly T[],
  report: LayerReport<T>,
): Iterable<Finding> {
  const facts = factsOf(context);
  const places = groupByPlace(
    context,
    offenders,
    ({ node }) => layerTarget(facts, node, report.path),
    report.variant,
    report.oncePerFile,
  );
  const { remedy } = report;
  const reaches = remedy && reachOf(context, places, offenders, report.fixes);
  const prices =
    remedy &&
    priceRemedies(
      context,
      places.map(({ items }, index) => {
        const mended = [...items, ...(reaches?.[index]?.sharers ?? [])];
        return { changes: mended.flatMap(remedy), nodes: mended.map(({ node }) => node.name) };
      }),
    );
  for (const [index, { first, items, target }] of places.entries()) {
    const names = layersPhrase(
      facts,
      items.map(({ node }) => node),
    );
    const price = prices?.[index];
    const sharers = (reaches?.[index]?.sharers ?? []).map(({ node }) => node);
    const own = report.fixes?.(first, items) ?? [];
    const fixes = price ? fixesOfReach(own, sharers, price) : own;
    const clauses = price ? `${reachClause(context, sharers, price)}${priceClause(context, price)}` : "";
    const severity = report.severity?.(first);
    yield {
      message: `${report.message(names, first, items)}${clauses}.`,
      target,
      ...relatedEntries(
        items.slice(1),
        ({ node }) => layerTarget(facts, node),
        (item) => report.detail?.(item) ?? `also ${layersPhrase(facts, [item.node])}`,
      ),
      ...(price && { price }),
      ...(fixes.length > 0 && { fixes }),
      ...(severity && { severity }),
    };
  }
}

/** A fix that edits the call that made a layer. None where there is no source. */
export function layerFix(
  context: RuleContext,
  node: GraphNode,
  make: (origin: NonNullable<ReturnType<typeof originOf>>) => Fix,
): Fix[] {
  const origin = originOf(context, node);
  return origin ? [make(origin)] : [];
}

/** A fix that sets one option. */
export function setOptionFix(
  context: RuleContext,
  node: GraphNode,
  {
    title,
    option,
    text,
    imports,
  }: { readonly title: string; readonly option: string; readonly text: string; readonly imports?: readonly string[] },
): Fix[] {
  return layerFix(context, node, (origin) => ({
    title,
    preferred: true,
    edits: [
      { kind: "setOption", origin, path: [option], text },
      ...(imports ? [{ kind: "ensureImport", names: imports } as const] : []),
    ],
  }));
}

function originOf(context: RuleContext, node: GraphNode) {
  return factsOf(context).layerOf(node)?.origin;
}
