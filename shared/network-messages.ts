/** What the server says about a network as a whole: an ONNX file's nodes with their cost, and drawings of graphs. */
import type { DiagramForm } from "./diagram/types.js";
import type { CostFlavor } from "./graph/datatype.js";
import type { MessageLocation, ScoredCost } from "./messages.js";

/** One sentence where there is nothing to show, without the file's name. */
export interface NoAnswer {
  readonly problem: string;
}

/** An ONNX file with its cost by both tools. No weights are in it. */
export interface NetworkRecord {
  /** The graph's own name. */
  readonly name: string;
  readonly bytes: number;
  /** Which tool's cost the settings ask for. */
  readonly flavor: CostFlavor;
  /** What scores are measured against. */
  readonly baseline: string;
  /** Zeros are discounted. */
  readonly discountSparsity: boolean;
  readonly costs: Readonly<Record<CostFlavor, NetworkCost>>;
  readonly inputs: readonly NamedTensor[];
  readonly outputs: readonly NamedTensor[];
  /** In execution order, without what is computed from constants alone; of a very large graph those that cost most. */
  readonly nodes: readonly NetworkNode[];
  /** How many nodes there are, whether they are in the list or not. */
  readonly nodeCount: number;
  /** What was left out of the file, one sentence each. */
  readonly notes: readonly string[];
}

export interface NetworkCost {
  readonly total: ScoredCost;
  /** Operators that the tool has no price for. */
  readonly unsupported: readonly string[];
  /** The tool's dictionary of totals, in its order. */
  readonly official: Readonly<Record<string, number | string | boolean>>;
}

export interface NamedTensor {
  readonly name: string;
  /** Absent while a dimension is not known. */
  readonly shape?: readonly number[];
  readonly type: string;
}

export interface NetworkNode {
  /** Unique in the graph. */
  readonly name: string;
  readonly operator: string;
  readonly outputShape?: readonly number[];
  readonly costs: Readonly<Record<CostFlavor, NetworkNodeCost>>;
}

/** A node's cost, with data types as the tool writes them. */
export interface NetworkNodeCost {
  /** `free`: the tool lets it pass; `unsupported`: the tool does not know it, or its shapes are not known. */
  readonly price: "priced" | "free" | "unsupported";
  readonly inputType: string;
  readonly outputType: string;
  /** The following are those of nodes with a price. */
  readonly weightType?: string;
  /** Share of weights that are not zero, 0..1, as it was counted. */
  readonly density?: number;
  readonly macs: number;
  readonly bops: number;
  readonly memWBits: number;
  readonly memOBits: number;
  /** Share of the score, 0..1. */
  readonly share: number;
}

export interface DrawingParams {
  /** A model file that is open, or an ONNX file. */
  readonly uri: string;
  readonly form: DiagramForm;
}

/** A graph as a picture. */
export interface DrawingRecord {
  readonly form: DiagramForm;
  readonly title: string;
  /** What it costs in all, in one line. */
  readonly summary: string;
  /** A whole document, without a style sheet. A node is a group whose `id` is `n` and its number; graph nodes have their name in `data-node`. */
  readonly svg: string;
  /** False: the picture is of an earlier text, because the model file does not run now. */
  readonly fresh: boolean;
  /** Where nodes are made in the source, by the `id` of their group. */
  readonly places: Readonly<Record<string, MessageLocation>>;
  /** Every place that a node owes itself to, each once: layer calls, calls of helpers around them, rows of configuration. */
  readonly parts: readonly DrawnPart[];
}

/** A call or a row of configuration, and what it makes. */
export interface DrawnPart {
  readonly location: MessageLocation;
  /** `id`s of groups. */
  readonly nodes: readonly string[];
}
