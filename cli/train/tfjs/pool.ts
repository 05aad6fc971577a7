/** Pools: windows are gathered along a new last axis, one entry per tap. */
import { elementCount } from "../../../shared/graph/graph.js";
import type { TrainOp } from "../program.js";
import { simpleRun, type OpRun, type Tensor, type Tf } from "./op-run.js";

type PoolOp = TrainOp & { readonly kind: "maxPool" | "avgPool" };

/** `outputShape`: one sample's, whose last dimensions are the numbers of windows. */
export function runPool(tf: Tf, op: PoolOp, x: Tensor, outputShape: readonly number[]): OpRun {
  const windows = windowsOf(op, x.shape.slice(2), outputShape.slice(1));
  return op.kind === "maxPool" ? runMaxPool(tf, x, windows) : runAvgPool(tf, op, x, windows);
}

interface Windows {
  /** The input's spatial sizes. */
  readonly spatial: readonly number[];
  /** Windows along each of them. */
  readonly counts: readonly number[];
  readonly stride: readonly number[];
  /** Positions added in front and behind, so that every window lies within. */
  readonly added: readonly (readonly [number, number])[];
  /** Where each tap of the first window lies in the padded input, in row-major order. */
  readonly taps: readonly (readonly number[])[];
}

function windowsOf(op: PoolOp, spatial: readonly number[], counts: readonly number[]): Windows {
  const added = spatial.map((size, axis) => {
    const before = op.padding[axis]?.[0] ?? 0;
    const reach =
      ((counts[axis] ?? 1) - 1) * (op.stride[axis] ?? 1) + (op.dilation[axis] ?? 1) * ((op.kernel[axis] ?? 1) - 1) + 1;
    return [before, Math.max(reach - size - before, 0)] as const;
  });
  let taps: readonly (readonly number[])[] = [[]];
  op.kernel.forEach((size, axis) => {
    const steps = Array.from({ length: size }, (_, tap) => tap * (op.dilation[axis] ?? 1));
    taps = taps.flatMap((tap) => steps.map((step) => [...tap, step]));
  });
  return { spatial, counts, stride: op.stride, added, taps };
}

function runMaxPool(tf: Tf, x: Tensor, windows: Windows): OpRun {
  return simpleRun(
    tf,
    () => {
      const patches = gather(tf, x, { windows, filler: -Infinity });
      // The first of equal values, as PyTorch chooses; as numbers, because integers cannot be transposed on WebGPU.
      const chosen =
        windows.taps.length === 1
          ? tf.onesLike(patches)
          : tf.oneHot(tf.argMax(patches, -1), windows.taps.length, 1, 0, "float32");
      return [tf.max(patches, -1), chosen];
    },
    (dy, [chosen = dy]) => [
      scatter(
        tf,
        tf.unstack(chosen, -1).map((share) => tf.mul(dy, share)),
        windows,
      ),
    ],
  );
}

function runAvgPool(tf: Tf, op: PoolOp, x: Tensor, windows: Windows): OpRun {
  const weights = tf.tensor(averageWeights(op, windows), [1, 1, ...windows.counts], "float32");
  const run = simpleRun(
    tf,
    () => [tf.mul(tf.sum(gather(tf, x, { windows, filler: 0 }), -1), weights)],
    (dy) => {
      const share = tf.mul(dy, weights);
      return [
        scatter(
          tf,
          windows.taps.map(() => share),
          windows,
        ),
      ];
    },
  );
  return { ...run, saved: [weights] };
}

/** What the sum of each window is multiplied by. */
function averageWeights({ padding, countIncludePad, multiplier = 1 }: PoolOp, windows: Windows): Float32Array {
  const { spatial, counts, stride, taps } = windows;
  const counted = (position: number, axis: number) => {
    const [before = 0, after = 0] = padding[axis] ?? [];
    const size = spatial[axis] ?? 1;
    return countIncludePad ? position < size + before + after : position >= before && position < size + before;
  };
  const total = counts.reduce((product, count) => product * count, 1);
  return Float32Array.from({ length: total }, (_, index) => {
    let rest = index;
    const starts = counts.map(() => 0);
    for (let axis = counts.length - 1; axis >= 0; axis--) {
      const count = counts[axis] ?? 1;
      starts[axis] = (rest % count) * (stride[axis] ?? 1);
      rest = Math.floor(rest / count);
    }
    const inside = taps.filter((tap) => tap.every((offset, axis) => counted((starts[axis] ?? 0) + offset, axis)));
    return multiplier / inside.length;
  });
}

/** (N, C, ...spatial) to (N, C, ...counts, taps). */
function gather(
  tf: Tf,
  x: Tensor,
  { windows, filler }: { readonly windows: Windows; readonly filler: number },
): Tensor {
  const { counts, stride, added, taps } = windows;
  const padded = tf.pad(
    x,
    [[0, 0], [0, 0], ...added.map(([before, after]): [number, number] => [before, after])],
    filler,
  );
  const [samples = 1, channels = 1] = x.shape;
  if (taps.length === 1) return tf.expandDims(tapSlice(tf, padded, taps[0] ?? [], windows), -1);
  // Windows that touch without overlapping are but another shape: pools over everything have many taps.
  const [step = 1] = stride;
  const [count = 1] = counts;
  if (counts.length === 1 && (count === 1 || step === taps.length) && isDense(taps)) {
    const used = tf.slice(padded, [0, 0, 0], [samples, channels, count * taps.length]);
    return tf.reshape(used, [samples, channels, count, taps.length]);
  }
  return tf.stack(
    taps.map((tap) => tapSlice(tf, padded, tap, windows)),
    -1,
  );
}

/** True when the taps of a one-dimensional window follow one another. */
function isDense(taps: readonly (readonly number[])[]): boolean {
  return taps.every(([offset], index) => offset === index);
}

/** What one tap of every window sees. */
function tapSlice(tf: Tf, padded: Tensor, tap: readonly number[], { counts, stride }: Windows): Tensor {
  const [samples = 1, channels = 1] = padded.shape;
  const ends = tap.map((offset, axis) => offset + ((counts[axis] ?? 1) - 1) * (stride[axis] ?? 1) + 1);
  return tf.stridedSlice(
    padded,
    [0, 0, ...tap],
    [samples, channels, ...ends],
    [1, 1, ...tap.map((_, axis) => stride[axis] ?? 1)],
  );
}

/** The adjoint of `gather`: adds each tap's slopes, (N, C, ...counts), to the positions that the tap sees. */
function scatter(tf: Tf, slopes: readonly Tensor[], windows: Windows): Tensor {
  const { spatial, added, taps, counts, stride } = windows;
  const paddedSize = spatial.map((size, axis) => size + (added[axis]?.[0] ?? 0) + (added[axis]?.[1] ?? 0));
  const parts = slopes.map((slope, index) => {
    let spread = slope;
    (taps[index] ?? []).forEach((offset, axis) => {
      spread = spreadAlong(tf, spread, {
        axis: axis + 2,
        count: counts[axis] ?? 1,
        step: stride[axis] ?? 1,
        offset,
        size: paddedSize[axis] ?? 1,
      });
    });
    return spread;
  });
  const [samples = 1, channels = 1] = slopes[0]?.shape ?? [];
  const begins = added.map(([before]) => before);
  // One sum after another: WebGPU adds no more than a few tensors at a time.
  const sum = parts.reduce((total, part) => tf.add(total, part));
  return tf.slice(sum, [0, 0, ...begins], [samples, channels, ...spatial]);
}

interface Spread {
  readonly axis: number;
  readonly count: number;
  readonly step: number;
  readonly offset: number;
  readonly size: number;
}

/**
 * Puts `count` entries along an axis at `offset`, `offset + step`, ... of `size` positions, zeros between. Axes before
 * and behind are joined, because WebGPU pads no more than four dimensions.
 */
function spreadAlong(tf: Tf, x: Tensor, { axis, count, step, offset, size }: Spread): Tensor {
  const outer = x.shape.slice(0, axis);
  const inner = x.shape.slice(axis + 1);
  const [before, behind] = [elementCount(outer), elementCount(inner)];
  const gaps = tf.pad(tf.reshape(x, [before, count, 1, behind]), [
    [0, 0],
    [0, 0],
    [0, step - 1],
    [0, 0],
  ]);
  const length = (count - 1) * step + 1;
  const dense = tf.slice(tf.reshape(gaps, [before, count * step, behind]), [0, 0, 0], [before, length, behind]);
  const placed = tf.pad(dense, [
    [0, 0],
    [offset, size - offset - length],
    [0, 0],
  ]);
  return tf.reshape(placed, [...outer, size, ...inner]);
}
