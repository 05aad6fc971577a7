/**
 * Cuts a network where all data passes through one node. What lies between two such nodes (a residual block) is laid
 * out by itself: thousands of layers take as long as their blocks together, and a strip of blocks can be broken into
 * columns.
 */
import type { DiagramEdge } from "./types.js";

/** Two nodes that all data passes through, by number, and the edges between them, by number. */
export interface Segment {
  readonly first: number;
  readonly last: number;
  readonly edges: readonly number[];
}

export interface Segmentation {
  readonly segments: readonly Segment[];
  /** Edges over so many nodes that they are led around all others. */
  readonly far: readonly number[];
}

/** How many nodes an edge may pass by and still be laid out among them; the fewer, the sooner the layout is done. */
const reaches = [128, 32, 8, 2, 1];
/** The sum of the lengths of a segment's edges, in nodes, that takes about a second to lay out. */
const mostLength = 2500;

/** Cuts `count` nodes in topological order. Every node but the first and last of a segment is in it alone. */
export function cutIntoSegments(count: number, edges: readonly DiagramEdge[]): Segmentation {
  for (const reach of reaches) {
    const segments = segmentsOf(count, edges, reach);
    if (reach === 1 || segments.every((segment) => lengthOf(segment, edges) <= mostLength)) {
      return { segments, far: numbersOf(edges, (edge) => span(edge) > reach) };
    }
  }
  return { segments: [], far: [] };
}

function segmentsOf(count: number, edges: readonly DiagramEdge[], reach: number): Segment[] {
  const near = numbersOf(edges, (edge) => span(edge) <= reach);
  const passing = passingEdges(count, edges, near);
  const cuts = passing.flatMap((number, node) => (number === 0 ? [node] : []));
  const segments = cuts.slice(1).map((last, index) => ({ first: cuts[index] ?? 0, last, edges: [] as number[] }));
  const at = new Map<number, number[]>();
  for (const { first, last, edges: own } of segments) for (let node = first; node < last; node++) at.set(node, own);
  for (const number of near) at.get(edges[number]?.from ?? -1)?.push(number);
  return segments;
}

/** For each node, how many edges lead past it. */
function passingEdges(count: number, edges: readonly DiagramEdge[], near: readonly number[]): number[] {
  const changes = new Array<number>(count + 1).fill(0);
  for (const number of near) {
    const { from, to } = edges[number] ?? { from: 0, to: 0 };
    changes[from + 1] = (changes[from + 1] ?? 0) + 1;
    changes[to] = (changes[to] ?? 0) - 1;
  }
  let passing = 0;
  return changes.slice(0, count).map((change) => (passing += change));
}

function span({ from, to }: DiagramEdge): number {
  return to - from;
}

function lengthOf(segment: Segment, edges: readonly DiagramEdge[]): number {
  return segment.edges.reduce((sum, number) => sum + (edges[number] ? span(edges[number]) : 0), 0);
}

function numbersOf(edges: readonly DiagramEdge[], wanted: (edge: DiagramEdge) => boolean): number[] {
  return edges.flatMap((edge, number) => (wanted(edge) ? [number] : []));
}
