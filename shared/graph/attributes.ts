/** Typed reading of node attributes. A missing attribute, or one of another kind, gives the fallback. */
import type { GraphNode, Tensor } from "./graph.js";

/** A number attribute (`group`, `axis`, `signed`). */
export function numberAttribute(node: GraphNode, name: string, fallback: number): number {
  const value = node.attributes[name];
  return typeof value === "number" ? value : fallback;
}

/** A list of numbers (`pads`, `perm`); `undefined` when the node has none. */
export function numbersAttribute(node: GraphNode, name: string): readonly number[] | undefined {
  const value = node.attributes[name];
  return Array.isArray(value) && value.every((item) => typeof item === "number") ? value : undefined;
}

/** A text attribute (`mode`, `auto_pad`). */
export function stringAttribute(node: GraphNode, name: string, fallback: string): string {
  const value = node.attributes[name];
  return typeof value === "string" ? value : fallback;
}

/** A tensor attribute (`value` of a Constant node). */
export function tensorAttribute(node: GraphNode, name: string): Tensor | undefined {
  const value = node.attributes[name];
  return typeof value === "object" && "elementType" in value ? value : undefined;
}
