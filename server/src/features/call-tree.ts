/** The tree of calls that made a model's layers, as a flame graph would show it. */
import type { CallId } from "../../../shared/graph/graph.js";
import type { RunAnalysis } from "../models/model-state.js";

/** Deeper chains (recursive helpers) are cut: nobody unfolds a tree that far. */
const maxDepth = 24;

export interface CallTree {
  readonly children: Map<CallId, CallTree>;
  /** Indices of the layers made below, in execution order. */
  readonly layers: number[];
  /** True when the call is a layer function's. */
  leaf: boolean;
}

/** The root stands for the model; its own `defineModel` call is left out. */
export function callTree({ graph, program }: RunAnalysis): CallTree {
  const root = emptyTree();
  for (const { index, origin } of graph.layers) {
    const chain = (origin?.calls ?? []).filter((call) => call !== program.modelCall);
    let at = root;
    at.layers.push(index);
    for (const call of chain.slice(0, maxDepth)) {
      const next = at.children.get(call) ?? emptyTree();
      at.children.set(call, next);
      next.layers.push(index);
      at = next;
    }
    at.leaf = true;
  }
  return root;
}

function emptyTree(): CallTree {
  return { children: new Map(), layers: [], leaf: false };
}
