/** A graph under conversion. */
import { freshName } from "../../graph/fresh-name.js";
import type { GraphNode, Tensor } from "../../graph/graph.js";

export interface Draft {
  readonly tensors: Map<string, Tensor>;
  readonly nodes: GraphNode[];
  /** Names of constants that only the replaced nodes read. */
  readonly dropped: Set<string>;
}

/** Adds a constant under a name of its own; gives the name. */
export function addConstant(
  draft: Draft,
  wanted: string,
  constant: Pick<Tensor, "elementType" | "shape" | "data">,
): string {
  const name = freshName(draft.tensors, wanted);
  draft.tensors.set(name, { ...constant, name, constant: true });
  return name;
}
