/**
 * What convolutions, transposed convolutions and linear layers have in common. A correlation links positions of a wide tensor
 * A (a convolution's input) with those of a narrow one B (its output): B's position t and tap k meet A's position
 * `t * stride + k * dilation - before`. Gathering makes B of A (a convolution forward, a transposed one backward), scattering
 * makes A of B, and both have the same weight gradient.
 */
import { roundUp } from "../layout.js";
import { inputGradientPhases, type GradientPhase } from "../phases.js";

/** One spatial dimension. */
export interface Axis {
  readonly wide: number;
  readonly narrow: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding before A. */
  readonly before: number;
}

/** Channels that are multiplied with each other: a group, or several whose weights between them are zeros. */
export interface Block {
  /** First channel, a multiple of 4, and number of channels. */
  readonly wide: readonly [number, number];
  readonly narrow: readonly [number, number];
}

export interface Correlation {
  /** Lines, then positions of a line; one dimension has a single line. */
  readonly lines: Axis;
  readonly positions: Axis;
  readonly wideChannels: number;
  readonly narrowChannels: number;
  readonly groups: number;
  readonly isDepthwise: boolean;
  readonly blocks: readonly Block[];
  /**
   * Index in PyTorch's order of the weight between channel `b` of B and channel `a` of A, both in the same group and `a` counted
   * within it, at the tap of line and position.
   */
  readonly weightIndex: (b: number, a: number, line: number, position: number) => number;
}

export const noAxis: Axis = { wide: 1, narrow: 1, taps: 1, stride: 1, dilation: 1, before: 0 };

export function paddedChannels({ wideChannels, narrowChannels }: Correlation): { wide: number; narrow: number } {
  return { wide: roundUp(wideChannels, 4), narrow: roundUp(narrowChannels, 4) };
}

/** Two axes as lines and positions: what is one line is made one. */
export function asLines(axes: readonly Axis[]): { readonly lines: Axis; readonly positions: Axis } {
  const [first = noAxis, second] = axes;
  if (second === undefined || isTrivial(second)) return { lines: noAxis, positions: first };
  if (isTrivial(first)) return { lines: noAxis, positions: second };
  if (isPointwise(first) && isPointwise(second)) {
    const size = first.wide * second.wide;
    return { lines: noAxis, positions: { ...noAxis, wide: size, narrow: size } };
  }
  return { lines: first, positions: second };
}

function isTrivial({ wide, narrow, taps }: Axis): boolean {
  return wide === 1 && narrow === 1 && taps === 1;
}

function isPointwise({ taps, stride, before, wide, narrow }: Axis): boolean {
  return taps === 1 && stride === 1 && before === 0 && wide === narrow;
}

/** Groups put together until their channels begin at multiples of 4. */
export function blocksOf(wideChannels: number, narrowChannels: number, groups: number): readonly Block[] {
  const [wide, narrow] = [wideChannels / groups, narrowChannels / groups];
  const together = [1, 2, 4].find((count) => (wide * count) % 4 === 0 && (narrow * count) % 4 === 0) ?? 4;
  return Array.from({ length: Math.ceil(groups / together) }, (_, index) => {
    const first = index * together;
    const count = Math.min(together, groups - first);
    return { wide: [first * wide, count * wide], narrow: [first * narrow, count * narrow] };
  });
}

/** Rows of zeros that a tensor needs around it, before and after. */
export interface Margin {
  readonly before: number;
  readonly after: number;
}

/** What gathering reads beyond A. */
export function wideMargin({ wide, narrow, taps, stride, dilation, before }: Axis): Margin {
  return { before, after: Math.max(0, (narrow - 1) * stride + (taps - 1) * dilation - before - (wide - 1)) };
}

/** What scattering reads beyond B. */
export function narrowMargin(axis: Axis): Margin {
  let [before, after] = [0, 0];
  for (const { taps, first, count, row, rowStep } of scatterRuns(axis)) {
    if (taps === 0 || count === 0) continue;
    before = Math.max(before, (taps - 1) * rowStep - (first + row));
    after = Math.max(after, first + count - 1 + row - (axis.narrow - 1));
  }
  return { before, after };
}

/** Positions of A that see the same taps: `stride * (first + i) + phase - before` for i below `count`. */
export interface ScatterRun extends GradientPhase {
  /** First position in A. */
  readonly position: number;
  readonly first: number;
  readonly count: number;
  /** Position i meets row `first + i + row - m * rowStep` of B at its tap m. */
  readonly row: number;
}

export function scatterRuns({ wide, taps, stride, dilation, before }: Axis): readonly ScatterRun[] {
  return inputGradientPhases(taps, stride, dilation).map((phase) => {
    const first = Math.max(0, Math.ceil((before - phase.phase) / stride));
    const position = first * stride + phase.phase - before;
    const count = Math.max(0, Math.ceil((wide - position) / stride));
    return { ...phase, position, first, count, row: phase.rowOffset };
  });
}
