/** Operators that rearrange: reshape, transpose, concat, pad, upsample. */
import type { TrainOp } from "../program.js";
import { simpleRun, type OpRun, type Tensor, type Tf } from "./op-run.js";

/** `outputShape`: one sample's. */
export function runReshape(tf: Tf, x: Tensor, outputShape: readonly number[]): OpRun {
  return simpleRun(
    tf,
    () => [tf.reshape(x, [x.shape[0], ...outputShape])],
    (dy) => [tf.reshape(dy, x.shape)],
  );
}

export function runTranspose(tf: Tf, x: Tensor, permutation: readonly number[]): OpRun {
  const order = [0, ...permutation.map((axis) => axis + 1)];
  const back = order.map((_, axis) => order.indexOf(axis));
  return simpleRun(
    tf,
    () => [tf.transpose(x, order)],
    (dy) => [tf.transpose(dy, back)],
  );
}

export function runConcat(tf: Tf, inputs: readonly Tensor[], axis: number): OpRun {
  const at = axis + 1;
  return simpleRun(
    tf,
    () => [tf.concat([...inputs], at)],
    (dy) => {
      let begin = 0;
      return inputs.map(({ shape }) => {
        const start = shape.map((_, index) => (index === at ? begin : 0));
        begin += shape[at] ?? 0;
        return tf.slice(dy, start, shape);
      });
    },
  );
}

export function runPad(tf: Tf, op: TrainOp & { readonly kind: "pad" }, x: Tensor): OpRun {
  const padding = [[0, 0] as const, ...op.padding];
  if (op.mode === "constant") {
    const begins = padding.map(([before]) => before);
    return simpleRun(
      tf,
      () => [
        tf.pad(
          x,
          padding.map(([before, after]): [number, number] => [before, after]),
          op.value,
        ),
      ],
      (dy) => [tf.slice(dy, begins, x.shape)],
    );
  }
  const { mode } = op;
  const maps = op.padding.map(([before, after], axis) => {
    const size = x.shape[axis + 1] ?? 1;
    return Array.from({ length: size + before + after }, (_, position) => [
      { from: mirrored(position - before, size, mode), weight: 1 },
    ]);
  });
  return runLinearMaps(tf, x, maps);
}

/** The position within that one outside of it repeats. */
function mirrored(position: number, size: number, mode: "reflect" | "edge"): number {
  if (mode === "edge") return Math.min(Math.max(position, 0), size - 1);
  if (position < 0) return -position;
  return position < size ? position : 2 * (size - 1) - position;
}

export function runUpsample(
  tf: Tf,
  op: TrainOp & { readonly kind: "upsample" },
  x: Tensor,
  outputShape: readonly number[],
): OpRun {
  const channels = Array.from({ length: x.shape[1] ?? 1 }, (_, channel) => [{ from: channel, weight: 1 }]);
  const spatial = op.scales.map((scale, axis) => {
    const size = x.shape[axis + 2] ?? 1;
    return Array.from({ length: outputShape[axis + 1] ?? 1 }, (_, position) =>
      op.mode === "nearest"
        ? [{ from: Math.min(Math.floor(position / scale), size - 1), weight: 1 }]
        : interpolated(Math.max((position + 0.5) / scale - 0.5, 0), size),
    );
  });
  return runLinearMaps(tf, x, [channels, ...spatial]);
}

function interpolated(place: number, size: number): readonly Share[] {
  const below = Math.min(Math.floor(place), size - 1);
  const share = place - below;
  return [
    { from: below, weight: 1 - share },
    { from: Math.min(below + 1, size - 1), weight: share },
  ];
}

interface Share {
  readonly from: number;
  readonly weight: number;
}

/** For each position along an axis, the input's positions that it adds up. */
type LinearMap = readonly (readonly Share[])[];

/** Replaces each axis of a sample by a linear map of it. */
function runLinearMaps(tf: Tf, x: Tensor, maps: readonly LinearMap[]): OpRun {
  return simpleRun(
    tf,
    () => {
      let y = x.clone();
      maps.forEach((map, axis) => {
        if (!isIdentity(map, x.shape[axis + 1]))
          y = alongAxis(tf, y, { axis: axis + 1, matrix: matrixOf(tf, map, x.shape[axis + 1] ?? 1) });
      });
      return [y];
    },
    (dy) => {
      let dx = dy.clone();
      maps.forEach((map, axis) => {
        if (isIdentity(map, x.shape[axis + 1])) return;
        const matrix = tf.transpose(matrixOf(tf, map, x.shape[axis + 1] ?? 1));
        dx = alongAxis(tf, dx, { axis: axis + 1, matrix });
      });
      return [dx];
    },
  );
}

function isIdentity(map: LinearMap, size: number | undefined): boolean {
  return map.length === size && map.every((shares, position) => shares.length === 1 && shares[0]?.from === position);
}

/** (input positions, output positions). */
function matrixOf(tf: Tf, map: LinearMap, size: number): Tensor {
  const matrix = new Float32Array(size * map.length);
  map.forEach((shares, position) => {
    for (const { from, weight } of shares) {
      const at = from * map.length + position;
      matrix[at] = (matrix[at] ?? 0) + weight;
    }
  });
  return tf.tensor(matrix, [size, map.length], "float32");
}

function alongAxis(tf: Tf, x: Tensor, { axis, matrix }: { readonly axis: number; readonly matrix: Tensor }): Tensor {
  const [from = 1, to = 1] = matrix.shape;
  const order = [...x.shape.keys()].filter((each) => each !== axis).concat(axis);
  const moved = tf.transpose(x, order);
  const product = tf.reshape(tf.matMul(tf.reshape(moved, [-1, from]), matrix), [...moved.shape.slice(0, -1), to]);
  return tf.transpose(
    product,
    order.map((_, each) => order.indexOf(each)),
  );
}
