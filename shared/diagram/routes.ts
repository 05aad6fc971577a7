/** Lines that leave their column: to the top of the next one, or far around other nodes. */
import type { Column } from "./columns.js";
import { metrics } from "./metrics.js";
import type { DiagramEdge, PlacedEdge, PlacedNode, Point } from "./types.js";

/** More lines in one place would be wider than the columns: further ones share. */
const mostLanes = 40;

export interface FarLanes {
  /** Lane of the line at its start's column, and at its end's column. */
  readonly start: number;
  readonly end: number;
  /** Lane above the columns; absent when start and end are in the same one. */
  readonly bus?: number;
}

export interface Lanes {
  /** By edge number. */
  readonly far: ReadonlyMap<number, FarLanes>;
  /** Lines on the right side of each column, the one to the next column included. */
  readonly perColumn: readonly number[];
  readonly buses: number;
}

/** Gives every far edge its lanes. `columnOf` is the column of each node. */
export function assignLanes(
  edges: readonly DiagramEdge[],
  far: readonly number[],
  columnOf: readonly number[],
  columns: number,
): Lanes {
  const used = new Array<number>(columns).fill(1);
  let buses = 0;
  const take = (column: number): number => {
    const lane = used[column] ?? 1;
    used[column] = lane + 1;
    return lane % mostLanes;
  };
  const lanes = new Map<number, FarLanes>();
  for (const number of far) {
    const { from = 0, to = 0 } = edges[number] ?? {};
    const [source = 0, target = 0] = [columnOf[from], columnOf[to]];
    const start = take(source);
    if (source === target) lanes.set(number, { start, end: start });
    else lanes.set(number, { start, end: take(target), bus: buses++ % mostLanes });
  }
  const perColumn = used.map((lane) => Math.min(lane, mostLanes));
  return { far: lanes, perColumn, buses: Math.min(buses, mostLanes) };
}

/** From the bottom of a column's last node to where its edges begin in the next column. */
export function stemTo(start: Point, source: PlacedNode, column: Column): readonly Point[] {
  const bottom = source.y + source.height / 2;
  const below = bottom + metrics.gap / 2;
  return [
    point(source.x, bottom),
    point(source.x, below),
    point(column.laneStart, below),
    point(column.laneStart, start.y),
    start,
  ];
}

/** From the right side of a node along the lanes to the right side of another. */
export function farRoute(
  { node: source, column: from }: { readonly node: PlacedNode; readonly column: Column },
  { node: target, column: to }: { readonly node: PlacedNode; readonly column: Column },
  { start, end, bus }: FarLanes,
): PlacedEdge {
  const first = from.laneStart + start * metrics.lane;
  const last = to.laneStart + end * metrics.lane;
  const y = metrics.headerHeight + ((bus ?? 0) + 1) * metrics.lane;
  return {
    square: true,
    points: [
      point(source.x + source.width / 2, source.y),
      point(first, source.y),
      ...(bus === undefined ? [] : [point(first, y), point(last, y)]),
      point(last, target.y),
      point(target.x + target.width / 2, target.y),
    ],
  };
}

function point(x: number, y: number): Point {
  return { x, y };
}
