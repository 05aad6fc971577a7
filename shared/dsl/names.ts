/**
 * Stable names. A layer is called by its `name` and `scope` when given; else by the helper functions that made it
 * (`depthwiseSeparable.convNormReLU.conv`), which edits elsewhere do not change; else by its kind (`conv`). What
 * would be called the same gets `_1`, `_2`, ... in order of execution.
 */
import type { CallId, Origin } from "../graph/graph.js";
import { calleeOf, takeRoom } from "./session.js";

/** Where names are looked up: a Set of them, or a Map by them. */
interface Names {
  has(name: string): boolean;
}

/** For each name that was wanted again, the next number to try. */
export type NameCounters = Map<string, number>;

export interface LayerNames {
  readonly taken: Set<string>;
  readonly counters: NameCounters;
  /** The helpers that made layers, from the outermost inwards. */
  readonly helpers: Helper;
  /** What each call is called in names; found once per call site, not once per layer. */
  readonly labels: Map<CallId, string | undefined>;
}

/** A call of a helper, by the calls that it was reached through. */
interface Helper {
  /** `depthwiseSeparable.convNormReLU_1`; empty for what all start from. */
  readonly path: string;
  /** The calls within it, by label and call site, in order of execution. */
  readonly calls: Map<string, Map<CallId, Helper>>;
}

function newHelper(path: string): Helper {
  return { path, calls: new Map() };
}

export function newLayerNames(): LayerNames {
  return { taken: new Set(), counters: new Map(), helpers: newHelper(""), labels: new Map() };
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
  const leaf = calls.length - 1;
  let helper = names.helpers;
  for (let at = 0; at < leaf; at += 1) {
    const call = calls[at] ?? 0;
    const label = labelOf(names, call);
    if (label !== undefined) helper = within(helper, label, call);
  }
  return helper.path === "" ? base : within(helper, base, calls[leaf] ?? 0).path;
}

/** The call in `helper` with this label. A second call site with the same label is `label_1`. */
function within(helper: Helper, label: string, call: CallId): Helper {
  const sites = helper.calls.get(label) ?? new Map<CallId, Helper>();
  if (sites.size === 0) helper.calls.set(label, sites);
  let found = sites.get(call);
  if (!found) {
    const name = sites.size === 0 ? label : `${label}_${sites.size}`;
    takeRoom(name.length);
    found = newHelper(helper.path === "" ? name : `${helper.path}.${name}`);
    sites.set(call, found);
  }
  return found;
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
