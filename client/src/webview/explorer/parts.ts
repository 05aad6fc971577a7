/** Finding parts of a model in what the server sent, and placing them side by side. Pure. */
import type { CostNode, ExploreRecord } from "../../../../shared/messages.js";
import { closestTo, type Cursor } from "../common/cursor.js";
import type { Metric } from "./metrics.js";
import type { Grouping } from "./view.js";

/** A part in the icicle: `start` and `size` are shares of the width. */
export interface Tile {
  readonly node: CostNode;
  readonly depth: number;
  readonly start: number;
  readonly size: number;
  readonly parent: Tile | undefined;
}

/** The tree that a grouping shows; a model without rows of configuration is shown by its calls. */
export function treeOf(record: ExploreRecord, grouping: Grouping): CostNode {
  if (grouping === "rows") return record.rows ?? record.calls;
  if (grouping === "calls") return record.calls;
  const leaves = nodesOf(record.calls).filter(({ kind }) => kind === "layer");
  return { ...record.calls, children: leaves.sort((a, b) => (a.layers[0] ?? 0) - (b.layers[0] ?? 0)) };
}

export function nodesOf(root: CostNode): CostNode[] {
  return [root, ...root.children.flatMap(nodesOf)];
}

/** Tiles from the root down, each level in the order of execution. Parts that cost nothing have none. */
export function tilesOf(root: CostNode, metric: Metric): Tile[] {
  const tiles: Tile[] = [];
  const place = (node: CostNode, depth: number, start: number, parent: Tile | undefined): number => {
    const size = depth === 0 ? 1 : node.share[metric];
    if (size <= 0) return 0;
    const tile = { node, depth, start, size, parent };
    tiles.push(tile);
    let at = start;
    for (const child of node.children) at += place(child, depth + 1, at, tile);
    return size;
  };
  place(root, 0, 0, undefined);
  return tiles;
}

/** Where an arrow key leads from a tile. */
export function neighbour(tiles: readonly Tile[], from: Tile, key: string): Tile | undefined {
  const level = tiles.filter(({ depth }) => depth === from.depth);
  const index = level.indexOf(from);
  switch (key) {
    case "ArrowLeft":
      return level[index - 1];
    case "ArrowRight":
      return level[index + 1];
    case "ArrowUp":
      return from.parent;
    case "ArrowDown":
      return tiles.find(({ parent }) => parent === from);
    case "Home":
      return level[0];
    case "End":
      return level.at(-1);
    default:
      return undefined;
  }
}

/** The parts whose source is around the cursor most closely: several where a helper is called from several places. */
export function nodesAt(root: CostNode, cursor: Cursor): CostNode[] {
  const closest = closestTo(
    nodesOf(root).filter(({ kind }) => kind !== "model"),
    cursor,
  );
  const ids = new Set(closest.map(({ id }) => id));
  // Of a call and the only layer that it makes the outer one is enough.
  return closest.filter((node) => !nodesOf(root).some(({ id, children }) => ids.has(id) && children.includes(node)));
}
