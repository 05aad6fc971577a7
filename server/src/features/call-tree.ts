/** The tree of calls that made the layers, as a flame graph would show it: for the outline and for the side bar. */
import { formatTimes } from "../../../shared/format.js";
import type { CallId, Origin } from "../../../shared/graph/graph.js";
import type { CallSite } from "../../../shared/sandbox/program.js";
import type { RunAnalysis } from "../models/model-state.js";

/** Deeper chains (recursive helpers) are cut: nobody unfolds an outline that far. */
const maxDepth = 24;
const maxNameLength = 60;

export interface CallTree {
  readonly children: Map<CallId, CallTree>;
  /** Indices of all layers made below the call, in execution order. */
  readonly layers: number[];
  /** True when the call is a layer function's. */
  leaf: boolean;
}

/** The root stands for the model. */
export function callTree(analysis: RunAnalysis): CallTree {
  const root = emptyTree();
  for (const { index, origin } of analysis.graph.layers) {
    let at = root;
    at.layers.push(index);
    for (const call of chainOf(analysis, origin)) {
      const next = at.children.get(call) ?? emptyTree();
      at.children.set(call, next);
      next.layers.push(index);
      at = next;
    }
    at.leaf = true;
  }
  return root;
}

/** The calls that lead to an origin from the root of the tree. */
export function chainOf({ program }: RunAnalysis, origin: Origin | undefined): readonly CallId[] {
  return (origin?.calls ?? []).filter((call) => call !== program.modelCall).slice(0, maxDepth);
}

/** The called function; behind it the name of a layer that ran once, where that says something else. */
export function nodeName({ graph }: RunAnalysis, call: CallSite, node: CallTree): string {
  const [only] = node.layers;
  const layer = node.leaf && node.layers.length === 1 && only !== undefined ? graph.layers[only] : undefined;
  const callee = call.callee.replace(/\s+/g, " ");
  const tells = layer && !callee.toLowerCase().includes(layer.name.toLowerCase());
  const name = tells ? `${callee} ${layer.name}` : callee;
  const inner = node.leaf ? "" : scopeName(call, node, graph);
  const times = node.leaf && node.layers.length > 1 ? ` ${formatTimes(node.layers.length)}` : "";
  const shown = `${name}${inner}`;
  return (shown.length > maxNameLength ? `${shown.slice(0, maxNameLength - 1)}…` : shown) + times;
}

/** Behind `scope`: what the names of all its layers begin with. */
function scopeName({ callee }: CallSite, { layers }: CallTree, graph: RunAnalysis["graph"]): string {
  if (!/(?:^|\.)scope$/.test(callee)) return "";
  const [first = [], ...others] = layers.map((layer) => graph.layers[layer]?.name.split(".").slice(0, -1) ?? []);
  const length = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  const common = length === -1 ? first : first.slice(0, length);
  return common.length === 0 ? "" : ` ${common.join(".")}`;
}

function emptyTree(): CallTree {
  return { children: new Map(), layers: [], leaf: false };
}
