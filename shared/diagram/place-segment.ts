/** Places the nodes between two that all data passes through. */
import dagre from "@dagrejs/dagre";
import { metrics } from "./metrics.js";
import type { PlacedEdge, PlacedNode, Point } from "./types.js";

export type Size = Pick<PlacedNode, "width" | "height">;

/** What placing depends on. The first node is 0, the last one that all data passes through again. */
export interface SegmentShape {
  /** Nothing lies above the first node: others may stand beside it. */
  readonly opens: boolean;
  readonly sizes: readonly Size[];
  readonly edges: readonly { readonly from: number; readonly to: number; readonly labelWidth: number }[];
}

/** Positions as seen from the middle of the first node; the lists are parallel to the shape's. */
export interface PlacedSegment {
  readonly nodes: readonly Point[];
  readonly edges: readonly PlacedEdge[];
}

/** True for a step of a chain: two nodes with one edge between them, or none. */
export function isLink({ sizes, edges }: SegmentShape): boolean {
  return sizes.length === 2 && edges.length <= 1;
}

/** Places a segment, from top to bottom. */
export function placeSegment(shape: SegmentShape): PlacedSegment {
  return isLink(shape) ? placeLink(shape) : laidOut(shape);
}

function placeLink({ sizes, edges }: SegmentShape): PlacedSegment {
  const from = sizeOf(sizes, 0).height / 2;
  const to = from + metrics.gap;
  const edge = { points: [point(0, from), point(0, to)], label: point(0, (from + to) / 2) };
  return { nodes: [point(0, 0), point(0, to + sizeOf(sizes, 1).height / 2)], edges: edges.map(() => edge) };
}

function laidOut({ sizes, edges, opens }: SegmentShape): PlacedSegment {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  // The library halves the distance of ranks and puts the labels between.
  const ranksep = metrics.gap - metrics.labelHeight;
  graph.setGraph({ rankdir: "TB", nodesep: metrics.beside, edgesep: metrics.lane, ranksep });
  sizes.forEach((size, node) => {
    // The library writes into what it is given.
    graph.setNode(String(node), { ...size });
  });
  edges.forEach(({ from, to, labelWidth: width }, number) => {
    graph.setEdge(String(from), String(to), { width, height: metrics.labelHeight, labelpos: "c" }, String(number));
  });
  dagre.layout(graph);
  const origin = graph.node("0");
  const seen = ({ x, y }: Point): Point => point(x - origin.x, y - origin.y);
  const moved = moves(
    sizes.map((_size, node) => seen(graph.node(String(node)))),
    { sizes, opens },
  );
  const { nodes, down } = moved;
  return {
    nodes,
    edges: edges.map(({ from, to }, number) => {
      const laid = graph.edge(String(from), String(to), String(number));
      const start = border(nodes[from], sizeOf(sizes, from), 1);
      const end = border(nodes[to], sizeOf(sizes, to), -1);
      const bends = laid.points.slice(1, -1).map((bend) => down(seen(bend)));
      return { points: [start, ...bends, end], label: down(seen(laid)) };
    }),
  };
}

/**
 * Makes room for what comes above and below: the first node is alone at the top, the last one at the bottom, and right
 * below the first unless another stands there, so that a long strip does not drift to one side.
 */
function moves(
  laid: readonly Point[],
  { sizes, opens }: Pick<SegmentShape, "sizes" | "opens">,
): { readonly nodes: readonly Point[]; readonly down: (at: Point) => Point } {
  const last = laid.length - 1;
  const [first, end] = [sizeOf(sizes, 0), sizeOf(sizes, last)];
  const edge = (at: Point, node: number, side: 1 | -1): number => at.y + (side * sizeOf(sizes, node).height) / 2;
  const tops = laid.slice(1).map((at, index) => edge(at, index + 1, -1));
  const free = opens ? -first.height / 2 : first.height / 2 + metrics.lane;
  const shift = Math.max(0, free - Math.min(...tops));
  const down = ({ x, y }: Point): Point => point(x, y + shift);
  const nodes = laid.map((at, node) => (node === 0 ? at : down(at)));
  const own = nodes[last] ?? point(0, 0);
  const others = nodes.slice(0, last);
  const bottom = Math.max(...others.map((at, node) => edge(at, node, 1)), own.y + end.height / 2);
  const isFree = (at: Point): boolean =>
    others.every(({ x, y }, node) => {
      const other = sizeOf(sizes, node);
      const apartX = (end.width + other.width) / 2 + metrics.beside;
      const apartY = (end.height + other.height) / 2 + metrics.lane;
      return Math.abs(x - at.x) >= apartX || Math.abs(y - at.y) >= apartY;
    });
  const lowest = bottom - end.height / 2;
  const place = [point(0, lowest), point(own.x, lowest)].find(isFree) ?? point(0, lowest + end.height + metrics.gap);
  return { nodes: [...others, place], down };
}

/** The middle of a node's lower (1) or upper (-1) border. */
function border(at: Point = point(0, 0), { height }: Size, side: 1 | -1): Point {
  return point(at.x, at.y + (side * height) / 2);
}

function sizeOf(sizes: readonly Size[], node: number): Size {
  return sizes[node] ?? { width: 0, height: 0 };
}

function point(x: number, y: number): Point {
  return { x, y };
}
