/** A diagram as one strip from top to bottom, and the places where it may be broken. */
import { labelWidth, nodeSize } from "./metrics.js";
import { placeSegment, type PlacedSegment, type SegmentShape, type Size } from "./place-segment.js";
import type { Segment } from "./segments.js";
import type { Diagram, PlacedEdge, PlacedNode, Point } from "./types.js";

/** A segment without its first node, which is the last of the block before. It stays together. */
export interface Block {
  /** Numbers of its nodes, both ends included. */
  readonly first: number;
  readonly last: number;
  /** Its outline; the top is the bottom of the node before. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Strip {
  readonly nodes: readonly PlacedNode[];
  /** By number; those that lead far are missing. */
  readonly edges: ReadonlyMap<number, PlacedEdge>;
  readonly blocks: readonly Block[];
}

/** All segments below each other. Only from the last node of a block do edges lead into the next. */
export function placeStrip(diagram: Diagram, segments: readonly Segment[]): Strip {
  const sizes = diagram.nodes.map(nodeSize);
  const nodes: PlacedNode[] = sizes.map((size) => ({ x: 0, y: 0, ...size }));
  const edges = new Map<number, PlacedEdge>();
  const blocks: Block[] = nodes.slice(0, 1).map((node) => outline(0, 0, [node]));
  const place = createPlacer();
  for (const segment of segments) {
    const { first, last } = segment;
    const placed = place(shapeOf(segment, diagram, sizes));
    const origin = nodes[first] ?? { x: 0, y: 0 };
    placed.nodes.forEach((at, index) => {
      const size = sizes[first + index];
      if (size) nodes[first + index] = { ...size, ...plus(at, origin) };
    });
    const moved = placed.edges.map((edge) => movedEdge(edge, origin));
    segment.edges.forEach((number, index) => {
      const edge = moved[index];
      if (edge) edges.set(number, edge);
    });
    const bends = moved.flatMap(({ points }) => points.map((bend) => ({ ...bend, width: 0, height: 0 })));
    const top = origin.y + (sizes[first]?.height ?? 0) / 2;
    blocks.push({ ...outline(first + 1, last, [...nodes.slice(first + 1, last + 1), ...bends]), top });
  }
  return { nodes, edges, blocks };
}

function shapeOf({ first, last, edges }: Segment, diagram: Diagram, sizes: readonly Size[]): SegmentShape {
  return {
    opens: first === 0,
    sizes: sizes.slice(first, last + 1),
    edges: edges.flatMap((number) => {
      const edge = diagram.edges[number];
      return edge ? [{ from: edge.from - first, to: edge.to - first, labelWidth: labelWidth(edge.label) }] : [];
    }),
  };
}

/** A deep network has the same block many times: it is placed once. */
function createPlacer(): (shape: SegmentShape) => PlacedSegment {
  const known = new Map<string, PlacedSegment>();
  return (shape) => {
    const key = JSON.stringify(shape);
    const placed = known.get(key) ?? placeSegment(shape);
    known.set(key, placed);
    return placed;
  };
}

function outline(first: number, last: number, parts: readonly PlacedNode[]): Block {
  const block = { first, last, left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const { x, y, width, height } of parts) {
    block.left = Math.min(block.left, x - width / 2);
    block.right = Math.max(block.right, x + width / 2);
    block.top = Math.min(block.top, y - height / 2);
    block.bottom = Math.max(block.bottom, y + height / 2);
  }
  return block;
}

/** The sum of two points. */
export function plus(a: Point, b: Point): Point {
  return { x: a.x + b.x, y: a.y + b.y };
}

/** An edge with all its points moved. */
export function movedEdge(edge: PlacedEdge, by: Point): PlacedEdge {
  return {
    ...edge,
    points: edge.points.map((at) => plus(at, by)),
    ...(edge.label && { label: plus(edge.label, by) }),
  };
}
