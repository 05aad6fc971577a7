/** What a shape rule is, and the few ways in which one ends. */
import type { GraphNode, Shape, Tensor } from "../graph.js";

export interface ShapeResult {
  /** One entry per output; `undefined` where the shape cannot be known. */
  readonly value: readonly (Shape | undefined)[];
  /** Sentences: what does not fit, what was found, what to do. The value is then a best guess. */
  readonly problems: readonly string[];
}

/** Shapes of a node's outputs from its inputs (an absent optional input is `undefined`). */
export type ShapeRule = (node: GraphNode, inputs: readonly (Tensor | undefined)[]) => ShapeResult;

/** What all results without problems share: a model of a thousand layers has thousands of results. */
export const noProblems: readonly string[] = Object.freeze([]);

/** The node has one output of this shape. */
export function known(shape: Shape): ShapeResult {
  return { value: [shape], problems: noProblems };
}

/** The shape cannot be known, and that is nobody's mistake (an input's shape is unknown). */
export const unknown: ShapeResult = { value: [undefined], problems: noProblems };

/** Something does not fit; `guess` lets the rest of the graph go on. */
export function mismatch(problem: string, guess?: Shape): ShapeResult {
  return { value: [guess], problems: [problem] };
}

/** `1×24×512`: a shape as messages about shapes write it, batch included. */
export function fullShape(shape: Shape): string {
  return shape.length === 0 ? "a scalar" : shape.join("×");
}

/** The values of a constant integer tensor, such as a Reshape's target; `undefined` when they are not known. */
export function integerValues(tensor: Tensor | undefined): readonly number[] | undefined {
  return tensor?.data && Array.from(tensor.data, Number);
}

/** A negative axis counts from the end. `undefined` when it lies outside the rank. */
export function normalizeAxis(axis: number, rank: number): number | undefined {
  const positive = axis < 0 ? axis + rank : axis;
  return Number.isInteger(axis) && positive >= 0 && positive < rank ? positive : undefined;
}

/**
 * NumPy's broadcasting: shapes are aligned at the right, and 1 stretches.
 * Gives the result and the aligned positions (from the right, 0 = last) that do not fit.
 */
export function broadcastShapes(a: Shape, b: Shape): { readonly shape: Shape; readonly clashes: readonly number[] } {
  const rank = Math.max(a.length, b.length);
  const clashes: number[] = [];
  const shape = Array.from({ length: rank }, (_, position) => {
    const fromRight = rank - 1 - position;
    const left = a[a.length - 1 - fromRight] ?? 1;
    const right = b[b.length - 1 - fromRight] ?? 1;
    if (left !== right && left !== 1 && right !== 1) clashes.push(fromRight);
    return left === 1 ? right : left;
  });
  return { shape, clashes };
}
