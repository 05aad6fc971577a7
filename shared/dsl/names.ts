/**
 * Stable names. A layer is called by its `name` and `scope` when given; else by the helper functions that made it
 * (`depthwiseSeparable.convNormReLU.conv`), which edits elsewhere do not change; else by its kind (`conv`). What
 * would be called the same gets `_1`, `_2`, ... in order of execution.
 */
import type { CallId, Origin } from "../graph/graph.js";
import { calleeOf } from "./marks.js";

/** Where names are looked up: a Set of them, or a Map by them. */
interface Names {
  has(name: string): boolean;
}

/** For each name that was wanted again, the next number to try. */
export type NameCounters = Map<string, number>;

export interface LayerNames {
  readonly taken: Set<string>;
  readonly counters: NameCounters;
  /** For each path of helpers and the next helper's label: the call sites that have it, in order of execution. */
  readonly sites: Map<string, Map<CallId, number>>;
  /** What each call is called in names; found once per call site, not once per layer. */
  readonly labels: Map<CallId, string | undefined>;
}

export function newLayerNames(): LayerNames {
  return { taken: new Set(), counters: new Map(), sites: new Map(), labels: new Map() };
}

/** `wanted`, or `wanted_1`, ... when it is taken. Constant time on average, however many share a name. */
export function uniqueName(taken: Names, counters: NameCounters, wanted: string): string {
  if (!taken.has(wanted)) return wanted;
  let next = counters.get(wanted) ?? 1;
  while (taken.has(`${wanted}_${next}`)) next += 1;
  counters.set(wanted, next + 1);
  return `${wanted}_${next}`;
}

/** The name of a layer without an explicit one, before it is made unique. `base` is its kind's short name. */
export function automaticName(
  names: LayerNames,
  base: string,
  scope: readonly string[],
  origin: Origin | undefined,
): string {
  if (scope.length > 0) return [...scope, base].join(".");
  const calls = origin?.calls ?? [];
  let path = "";
  for (const call of calls.slice(0, -1)) {
    const label = labelOf(names, call);
    if (label !== undefined) path = extended(names, path, label, call);
  }
  const leaf = calls.at(-1);
  return leaf === undefined || path === "" ? path + base : extended(names, path, base, leaf);
}

/** `path.label`, where a second call site with the same label in the same helper is `label_1`. */
function extended(names: LayerNames, path: string, label: string, call: CallId): string {
  const joined = path === "" ? label : `${path}.${label}`;
  const sites = names.sites.get(joined) ?? new Map<CallId, number>();
  names.sites.set(joined, sites);
  const ordinal = sites.get(call) ?? sites.size;
  sites.set(call, ordinal);
  return ordinal === 0 ? joined : `${joined}_${ordinal}`;
}

/** Calls that only pass control on; they would add noise to names. */
const passing = new Set([
  "defineModel",
  "scope",
  "map",
  "forEach",
  "flatMap",
  "reduce",
  "reduceRight",
  "filter",
  "call",
  "apply",
]);

function labelOf({ labels }: LayerNames, call: CallId): string | undefined {
  if (!labels.has(call)) labels.set(call, helperLabel(calleeOf(call)));
  return labels.get(call);
}

/** `convNormReLU` of `convNormReLU` and `this.block`; `undefined` for calls that name nothing. */
function helperLabel(callee: string | undefined): string | undefined {
  const label = callee && /[\w$]+$/.exec(callee)?.[0];
  return label === undefined || label === "" || passing.has(label) ? undefined : label;
}
