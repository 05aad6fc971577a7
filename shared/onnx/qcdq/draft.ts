/** A graph under conversion. */
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
  const name = freshName(draft, wanted);
  draft.tensors.set(name, { ...constant, name, constant: true });
  return name;
}

/** A name that no tensor has yet: the wanted one, else with `_1`, `_2`, ... */
export function freshName({ tensors }: Draft, wanted: string): string {
  let name = wanted;
  for (let suffix = 1; tensors.has(name); suffix++) name = `${wanted}_${suffix}`;
  return name;
}
