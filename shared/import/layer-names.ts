/** Names for layers from the names in a file: whatever stands there, what comes out is a plain word. */
import type { GraphNode } from "../graph/graph.js";

/** Longer names help nobody. */
const longest = 100;

/** Names that exporters give to every model. */
const meaningless = /^(?:torch[-_]jit[-_]export|main[-_]graph|graph|model|untitled)?$/i;

/**
 * A name of letters, digits and `_.-`: what else stands in a path (`/features/0/Conv`, `C:\net`) divides as a dot does.
 * `undefined` when nothing is left.
 */
export function plainName(text: string): string | undefined {
  const plain = text
    .slice(0, 4 * longest)
    .replace(/[/\\:]+/g, ".")
    .replace(/[^\p{L}\p{N}_.-]+/gu, "_")
    .replace(/\.{2,}/g, ".")
    .replace(/^[._-]+|[._-]+$/g, "")
    .slice(0, longest);
  return plain === "" ? undefined : plain;
}

/** The layer that a parameter belongs to by its name: `conv.0.dw.conv` of `conv.0.dw.conv.weight`. */
export function ownerOf(parameter: string | undefined): string | undefined {
  const owner = parameter && /^(.+)[./](?:weight|bias|running_mean)$/.exec(parameter)?.[1];
  return owner ? plainName(owner) : undefined;
}

/** The layer's name: its parameters', else its node's. */
export function layerNameOf(node: GraphNode, parameters: readonly (string | undefined)[]): string | undefined {
  return parameters.map(ownerOf).find((name) => name !== undefined) ?? plainName(node.name);
}

/** The graph's name if it says something. */
export function modelNameOf(name: string): string | undefined {
  const plain = plainName(name);
  return plain === undefined || meaningless.test(plain) ? undefined : plain;
}
