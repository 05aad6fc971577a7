/** Where the elements of windows, axes and stretched tensors lie. Shapes are of one sample, spatial dimensions last. */
import { elementCount, type Shape } from "../../../shared/graph/graph.js";

/** Distance in memory between neighbours on each axis. */
export function strides(shape: Shape): number[] {
  const result = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) result[axis] = (result[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  return result;
}

/**
 * For each element of `shape` the flat index that `at` gives for its position on each axis: the sum over axes of
 * `at(axis, position) * step(axis)`; -1 where `at` gives `undefined` on any axis.
 */
export function sourceIndices(
  shape: Shape,
  steps: readonly number[],
  at: (axis: number, position: number) => number | undefined,
): Int32Array {
  let indices = Int32Array.of(0);
  shape.forEach((extent, axis) => {
    const next = new Int32Array(indices.length * extent);
    indices.forEach((base, outer) => {
      for (let position = 0; position < extent; position++) {
        const source = at(axis, position);
        next[outer * extent + position] = base === -1 || source === undefined ? -1 : base + source * (steps[axis] ?? 1);
      }
    });
    indices = next;
  });
  return indices;
}

/** Sources of a tensor stretched to a shape of the same rank: sizes of 1 repeat. */
export function stretchIndices(from: Shape, to: Shape): Int32Array {
  return sourceIndices(to, strides(from), (axis, position) => (from[axis] === 1 ? 0 : position));
}

/** Sources of a tensor whose axes are permuted: axis `i` of the result is axis `permutation[i]`. */
export function transposeIndices(from: Shape, permutation: readonly number[]): Int32Array {
  const steps = strides(from);
  const shape = permutation.map((axis) => from[axis] ?? 1);
  const permuted = permutation.map((axis) => steps[axis] ?? 1);
  return sourceIndices(shape, permuted, (_, position) => position);
}

/** Sources of a padded tensor; what lies outside mirrors, repeats the edge, or is -1 for a constant. */
export function padIndices(
  from: Shape,
  to: Shape,
  padding: readonly (readonly [number, number])[],
  mode: "constant" | "reflect" | "edge",
): Int32Array {
  return sourceIndices(to, strides(from), (axis, position) => {
    const last = (from[axis] ?? 1) - 1;
    const inside = position - (padding[axis]?.[0] ?? 0);
    if (inside >= 0 && inside <= last) return inside;
    if (mode === "constant") return undefined;
    if (mode === "edge") return Math.min(last, Math.max(0, inside));
    return inside < 0 ? -inside : 2 * last - inside;
  });
}

/** Sources of nearest-neighbour upsampling: position `floor(i / scale)` of each spatial dimension. */
export function nearestIndices(from: Shape, to: Shape, scales: readonly number[]): Int32Array {
  const first = from.length - scales.length;
  return sourceIndices(to, strides(from), (axis, position) =>
    axis < first ? position : Math.min((from[axis] ?? 1) - 1, Math.floor(position / (scales[axis - first] ?? 1))),
  );
}

export interface PoolGeometry {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
}

/** The windows of a pool over the spatial dimensions, one after another. */
export interface Windows {
  /** Elements of window w: `sources[starts[w]] .. sources[starts[w + 1] - 1]`, relative to their channel. */
  readonly starts: Int32Array;
  readonly sources: Int32Array;
  /** Positions of each window on the padded input: fewer than the kernel's where it reaches beyond the padding. */
  readonly padded: Int32Array;
}

/** `from`, `to`: spatial sizes of input and output. */
export function poolWindows(from: Shape, to: Shape, geometry: PoolGeometry): Windows {
  const { kernel, stride, padding, dilation } = geometry;
  const steps = strides(from);
  const starts = [0];
  const sources: number[] = [];
  const padded: number[] = [];
  for (let window = 0; window < elementCount(to); window++) {
    const corner = positions(window, to).map((at, axis) => at * (stride[axis] ?? 1) - (padding[axis]?.[0] ?? 0));
    let reached = 0;
    for (let tap = 0; tap < elementCount(kernel); tap++) {
      const place = positions(tap, kernel).map((at, axis) => (corner[axis] ?? 0) + at * (dilation[axis] ?? 1));
      if (place.every((at, axis) => at < (from[axis] ?? 1) + (padding[axis]?.[1] ?? 0))) reached++;
      if (place.every((at, axis) => at >= 0 && at < (from[axis] ?? 1))) {
        sources.push(place.reduce((index, at, axis) => index + at * (steps[axis] ?? 1), 0));
      }
    }
    starts.push(sources.length);
    padded.push(reached);
  }
  return { starts: Int32Array.from(starts), sources: Int32Array.from(sources), padded: Int32Array.from(padded) };
}

/** Position on each axis of the element at a flat index. */
function positions(index: number, shape: Shape): number[] {
  let rest = index;
  return strides(shape).map((step) => {
    const at = Math.floor(rest / step);
    rest -= at * step;
    return at;
  });
}
