/** Inference cost as plain data. The functions that make it are `cost.ts`, `score.ts`, `what-if.ts`, `attribution.ts`. */
import type { CostFlavor, DataType } from "../graph/datatype.js";
import type { Shape } from "../graph/graph.js";

export interface CostOptions {
  readonly flavor: CostFlavor;
  /** Multiply MACs and weight elements by the share of non-zero quantised weights. */
  readonly discountSparsity: boolean;
  /** A what-if: the same graph with these differences. */
  readonly changes?: readonly CostChange[];
}

/** One difference of a what-if. Nodes and tensors by name. */
export type CostChange =
  /** This Quant node at `bits` bits. */
  | { readonly kind: "bits"; readonly node: string; readonly bits: number }
  /** This weight (the MAC node's name) at this share of non-zeros. */
  | { readonly kind: "density"; readonly node: string; readonly density: number }
  /** This tensor has this data type whatever is inferred: "as if it were requantised". */
  | { readonly kind: "dataType"; readonly tensor: string; readonly dataType: DataType };

export interface NodeCost {
  /** Name of the graph node. */
  readonly node: string;
  readonly opType: string;
  /** The tools' name: unique per op type in graph order, `Conv_0`, `Gemm_0`. */
  readonly officialName: string;
  readonly layer?: number;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  readonly inputType: DataType;
  /** For an upsample the input type again, as the tools do. */
  readonly weightType: DataType;
  readonly outputType: DataType;
  /** Share of non-zero weights that was applied (1 without discount). */
  readonly density: number;
  /** Before the discount. */
  readonly denseMacs: number;
  readonly denseWeightElements: number;
  /** After the discount. */
  readonly macs: number;
  readonly weightElements: number;
  readonly outputElements: number;
  readonly bops: number;
  readonly memWBits: number;
  readonly memOBits: number;
  /** False for an op without weight memory (an upsample has no `mem_w` key). */
  readonly hasWeightKey: boolean;
}

export interface CostTotals {
  readonly bops: number;
  readonly memWBits: number;
  readonly memOBits: number;
  readonly macs: number;
  readonly weightElements: number;
  readonly outputElements: number;
}

export interface CostReport {
  readonly flavor: CostFlavor;
  readonly discountSparsity: boolean;
  readonly nodes: readonly NodeCost[];
  readonly totals: CostTotals;
  /** Op types that the tools cannot price, in first-seen order. */
  readonly unsupported: readonly string[];
  /** Data type of every tensor, for hovers and rules. */
  readonly dataTypes: ReadonlyMap<string, DataType>;
}

/** What a score is measured against: `0.5 * bops / baseline.bops + 0.5 * memWBits / baseline.memWBits` in the challenge. */
export interface Baseline {
  readonly name: string;
  readonly bops: number;
  readonly memWBits: number;
  readonly bopsWeight: number;
  readonly memWWeight: number;
}
