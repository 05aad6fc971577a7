/**
 * How one sample of a tensor lies in the executor's memory: channels last, the channels padded with zeros to a multiple of 4.
 * (C, L) is L rows of C floats, (C, H, W) is H * W rows, (F) is one row.
 */
import type { Shape } from "../../../shared/graph/graph.js";

export interface Layout {
  /** Without the batch, as in PyTorch: channels first. */
  readonly shape: Shape;
  /** Positions: the product of all sizes but the channels. */
  readonly rows: number;
  readonly channels: number;
  /** `channels` rounded up to a multiple of 4: the floats of a row. */
  readonly padded: number;
  /** Floats of a sample. */
  readonly floats: number;
}

export function layoutOf(shape: Shape): Layout {
  const [channels = 1, ...spatial] = shape;
  const rows = product(spatial);
  const padded = roundUp(channels, 4);
  return { shape, rows, channels, padded, floats: rows * padded };
}

/** Elements of a sample in PyTorch's order, padding not counted. */
export function elementCount({ rows, channels }: Layout): number {
  return rows * channels;
}

/** Where element `index` of PyTorch's order lies, in floats from the sample's begin. */
export function positionOf({ rows, padded }: Layout, index: number): number {
  return (index % rows) * padded + Math.floor(index / rows);
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** True when an element of PyTorch's order lies at the same place in both, so that one can be read as the other. */
export function liesAlike(a: Layout, b: Layout): boolean {
  return a.rows === b.rows && a.channels === b.channels;
}
