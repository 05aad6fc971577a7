/** Places a diagram: segments below each other in a strip, the strip broken into columns, lines between the columns. */
import { groupIntoColumns, standColumns } from "./columns.js";
import { metrics } from "./metrics.js";
import { assignLanes, farRoute, stemTo } from "./routes.js";
import { cutIntoSegments } from "./segments.js";
import { movedEdge, placeStrip, plus } from "./strip.js";
import type { Diagram, PlacedEdge, Placement } from "./types.js";

/** Where everything stands. An empty diagram has room for its title. Takes about a second for thousands of nodes. */
export function placeDiagram(diagram: Diagram): Placement {
  const { segments, far } = cutIntoSegments(diagram.nodes.length, diagram.edges);
  const strip = placeStrip(diagram, segments);
  const groups = groupIntoColumns(strip.blocks);
  const columnOf = groups.flatMap((blocks, column) =>
    blocks.flatMap(({ first, last }) => new Array<number>(last - first + 1).fill(column)),
  );
  const lanes = assignLanes(diagram.edges, far, columnOf, groups.length);
  const columns = standColumns(groups, lanes.perColumn, lanes.buses);
  const placed = strip.nodes.flatMap((node, number) => {
    const column = columns[columnOf[number] ?? 0];
    return column ? [{ node: { ...node, ...plus(node, column.shift) }, column }] : [];
  });
  const edges = diagram.edges.map(({ from, to }, number): PlacedEdge => {
    const [source, target] = [placed[from], placed[to]];
    const near = strip.edges.get(number);
    const lane = lanes.far.get(number);
    if (!source || !target) return { points: [] };
    if (lane || !near) return farRoute(source, target, lane ?? { start: 0, end: 0 });
    const edge = movedEdge(near, target.column.shift);
    const [start] = edge.points;
    return source.column === target.column || !start
      ? edge
      : { ...edge, stem: stemTo(start, source.node, source.column) };
  });
  return {
    width: Math.ceil(Math.max(metrics.leastPage, ...columns.map(({ laneEnd }) => laneEnd)) + metrics.margin),
    height: Math.ceil(Math.max(metrics.headerHeight, ...columns.map(({ bottom }) => bottom)) + metrics.margin),
    nodes: placed.map(({ node }) => node),
    edges,
  };
}
