/** How far a fix reaches: an option behind a name or in a shared object is that of more layers than the finding is about. */
import { formatBops } from "../../format.js";
import type { GraphNode } from "../../graph/graph.js";
import type { Fix, Price } from "../../problems.js";
import type { RuleContext } from "../types.js";
import { factsOf } from "./facts.js";
import type { Place } from "./targets.js";
import { layersPhrase } from "./wording.js";

export interface Reach<T> {
  /** Equal for places whose fixes change the same text; `undefined` without a fix or without source. */
  readonly key: string | undefined;
  /** Of the candidates, those that the place's first fix changes although they do not stand there. */
  readonly sharers: readonly T[];
}

/** The reach of each place's first fix, in order. `fixesOf` gives the fixes for one or more items that stand together. */
export function reachOf<T>(
  context: RuleContext,
  places: readonly Place<T>[],
  candidates: readonly T[],
  fixesOf: ((first: T, items: readonly T[]) => readonly Fix[]) | undefined,
): readonly Reach<T>[] {
  const keyOf = (first: T, items: readonly T[]): string | undefined => {
    const [fix] = fixesOf?.(first, items) ?? [];
    return fix && context.editPlaceOf?.(fix.edits);
  };
  const keys = places.map(({ first, items }) => keyOf(first, items));
  if (keys.every((key) => key === undefined)) return keys.map((key) => ({ key, sharers: [] }));
  const byKey = new Map<string | undefined, T[]>(keys.map((key) => [key, []]));
  for (const candidate of candidates) byKey.get(keyOf(candidate, [candidate]))?.push(candidate);
  return places.map(({ items }, index) => {
    const key = keys[index];
    const here = new Set(items);
    return { key, sharers: key === undefined ? [] : (byKey.get(key) ?? []).filter((item) => !here.has(item)) };
  });
}

/**
 * `; the fix reaches conv_1 (quantConv1d), too`, and that it makes the model dearer where it does; empty without `nodes`, those
 * of the sharers. `price` is that of all that the fix changes.
 */
export function reachClause(context: RuleContext, nodes: readonly GraphNode[], price: Price): string {
  if (nodes.length === 0) return "";
  const dearer = isDearer(price) ? `, and makes the model dearer by ${formatBops(-price.bops)}` : "";
  return `; the fix reaches ${layersPhrase(factsOf(context), nodes)}, too${dearer}`;
}

/** What makes the model dearer is no obvious fix. */
export function fixesOfReach(fixes: readonly Fix[], nodes: readonly GraphNode[], price: Price): readonly Fix[] {
  if (nodes.length === 0 || !isDearer(price)) return fixes;
  return fixes.map(({ title, edits }) => ({ title, edits }));
}

function isDearer({ bops }: Price): boolean {
  return bops < 0;
}
