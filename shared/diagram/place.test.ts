import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baselines } from "../cost/baselines.js";
import type { Graph } from "../graph/graph.js";
import { randomGraph } from "../testing/random-graph.js";
import { diagramOf } from "./diagram-of.js";
import { placeDiagram } from "./place.js";
import { cutIntoSegments } from "./segments.js";
import { deepNetwork, residualNetwork } from "./testing/networks.js";
import type { Diagram, PlacedNode, Placement } from "./types.js";

function diagramFor(graph: Graph): Diagram {
  const options = { baseline: baselines.itu2021, flavor: "finn-base", discountSparsity: true } as const;
  const { value } = diagramOf(graph, { ...options, form: "quantised", title: "net" });
  if (!value) throw new Error("nothing to draw");
  return value;
}

function checkPlacement(diagram: Diagram, placement: Placement): void {
  const { nodes, edges, width, height } = placement;
  expect([nodes.length, edges.length]).toEqual([diagram.nodes.length, diagram.edges.length]);
  for (const { x, y, width: w, height: h } of nodes) {
    expect(x - w / 2).toBeGreaterThanOrEqual(0);
    expect(y - h / 2).toBeGreaterThanOrEqual(0);
    expect(x + w / 2).toBeLessThanOrEqual(width);
    expect(y + h / 2).toBeLessThanOrEqual(height);
  }
  expect(overlapping(nodes)).toEqual([]);
  edges.forEach(({ points: curve, stem = [] }, number) => {
    const { from = 0, to = 0 } = diagram.edges[number] ?? {};
    const points = [...stem, ...curve];
    expect(isOnBorder(points[0], nodes[from])).toBe(true);
    expect(isOnBorder(points.at(-1), nodes[to])).toBe(true);
    if (stem.length > 0) expect(stem.at(-1)).toEqual(curve[0]);
    expect(points.every(({ x, y }) => x >= 0 && y >= 0 && x <= width && y <= height)).toBe(true);
  });
}

function overlapping(nodes: readonly PlacedNode[]): (readonly [number, number])[] {
  const sorted = nodes
    .map((node, number) => ({ ...node, number }))
    .sort((a, b) => a.x - a.width / 2 - (b.x - b.width / 2));
  return sorted.flatMap((a, index) => {
    const beside = [];
    for (const b of sorted.slice(index + 1)) {
      if (b.x - b.width / 2 >= a.x + a.width / 2) break;
      if (Math.abs(a.y - b.y) < (a.height + b.height) / 2) beside.push([a.number, b.number] as const);
    }
    return beside;
  });
}

function isOnBorder(point: { x: number; y: number } | undefined, node: PlacedNode | undefined): boolean {
  if (!point || !node) return false;
  const [dx, dy] = [Math.abs(point.x - node.x) - node.width / 2, Math.abs(point.y - node.y) - node.height / 2];
  return Math.abs(Math.max(dx, dy)) < 0.01;
}

describe("placeDiagram", () => {
  it("places random networks without overlaps", () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const diagram = diagramFor(graph);
        checkPlacement(diagram, placeDiagram(diagram));
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ["a chain", deepNetwork(40)],
    ["residual blocks", residualNetwork(60)],
    ["a U", deepNetwork(24, (layer) => (layer > 12 ? 24 - layer : undefined))],
    ["connections far back", deepNetwork(300, (layer) => (layer > 200 && layer % 10 === 0 ? layer - 200 : undefined))],
    ["all of a window connected", deepNetwork(200, (layer) => (layer > 60 ? layer - 60 : undefined))],
    ["2,000 layers", residualNetwork(2000)],
  ])("places %s on a page", (_name, graph) => {
    const diagram = diagramFor(graph);
    const placement = placeDiagram(diagram);
    checkPlacement(diagram, placement);
    const ratio = placement.width / placement.height;
    expect(ratio).toBeGreaterThan(0.1);
    expect(ratio).toBeLessThan(6);
  });

  it("keeps a short network in one column", () => {
    const { nodes } = placeDiagram(diagramFor(deepNetwork(3)));
    expect(new Set(nodes.map(({ x }) => x)).size).toBe(1);
  });

  it("has room for the title of nothing", () => {
    const placement = placeDiagram({ ...diagramFor(deepNetwork(1)), nodes: [], edges: [] });
    expect(placement).toMatchObject({ nodes: [], edges: [] });
    expect(placement.width).toBeGreaterThan(400);
  });
});

describe("cutIntoSegments", () => {
  const edge = (from: number, to: number) => ({ from, to, label: "" });

  it("cuts where no edge leads past", () => {
    const edges = [edge(0, 1), edge(1, 2), edge(1, 3), edge(2, 3), edge(3, 4)];
    expect(cutIntoSegments(5, edges).segments).toEqual([
      { first: 0, last: 1, edges: [0] },
      { first: 1, last: 3, edges: [1, 2, 3] },
      { first: 3, last: 4, edges: [4] },
    ]);
  });

  it("leads what is too long around", () => {
    const chain = Array.from({ length: 300 }, (_value, node) => edge(node, node + 1));
    const { segments, far } = cutIntoSegments(301, [...chain, edge(0, 300)]);
    expect(segments).toHaveLength(300);
    expect(far).toEqual([300]);
  });

  it("leaves parts apart that nothing connects", () => {
    expect(cutIntoSegments(2, []).segments).toEqual([{ first: 0, last: 1, edges: [] }]);
  });
});
