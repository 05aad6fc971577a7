/** A network as a drawing: first what is in it, then where it stands. Plain data, so that it crosses to a worker. */

/** `quantised`: the graph as it is; `float`: the same without its quantisers. */
export type DiagramForm = "float" | "quantised";

export interface Diagram {
  readonly form: DiagramForm;
  readonly title: string;
  /** What it costs in all, in one line. */
  readonly summary: string;
  /** In topological order. */
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
  /** The largest share of the score that a node has: what the darkest colour stands for, as it is written. */
  readonly largestShare: string;
}

export interface DiagramNode {
  /** `n` and the node's number in the drawing. */
  readonly id: string;
  readonly kind: "input" | "output" | "operation" | "quantizer";
  /** What it is, in bold: `Conv 27, stride 2, depthwise`. */
  readonly title: string;
  /** Further lines: its name, its weights, its cost. */
  readonly lines: readonly string[];
  /** Its cost as a part of the dearest node's, 0..1; zero for what is free. */
  readonly heat: number;
  /** Everything about it in one sentence: the tooltip, and what a screen reader says. */
  readonly description: string;
  /** The graph node's name; absent for inputs and outputs. */
  readonly node?: string;
  /** Index of the layer that it belongs to. */
  readonly layer?: number;
}

/** Numbers of nodes in `Diagram.nodes`; `from` is always the smaller one. */
export interface DiagramEdge {
  readonly from: number;
  readonly to: number;
  /** Shape and data type of the tensor: `24×512 SCALEDUINT6`. */
  readonly label: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A node's middle and size, in pixels. */
export interface PlacedNode extends Point {
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  /** From the border of one node to that of the other, downwards in curves; what is between two ends leads through. */
  readonly points: readonly Point[];
  /** What comes before, at right angles: from a node in another column to the first of the points. */
  readonly stem?: readonly Point[];
  /** True when all of the line turns at right angles: it leads past other nodes. */
  readonly square?: true;
  /** The middle of the label; absent when there is no room for one. */
  readonly label?: Point;
}

/** Where everything stands; the lists are parallel to the diagram's. */
export interface Placement {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}
