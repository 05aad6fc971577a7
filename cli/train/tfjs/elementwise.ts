/** Activations, sums, products and dropout. */
import { dropoutKey, keepsElement } from "../dropout.js";
import type { TrainOp } from "../program.js";
import { simpleRun, type OpRun, type Tensor, type Tf } from "./op-run.js";

type ActivationOp = TrainOp & {
  readonly kind: "relu" | "sigmoid" | "tanh" | "identity" | "elu" | "selu" | "clip";
};

export function runActivation(tf: Tf, op: ActivationOp, x: Tensor): OpRun {
  switch (op.kind) {
    case "identity":
      return simpleRun(
        tf,
        () => [x.clone()],
        (dy) => [dy.clone()],
      );
    case "relu":
      return simpleRun(
        tf,
        () => [tf.relu(x)],
        (dy) => [tf.mul(dy, isAbove(tf, x, 0))],
      );
    case "sigmoid":
      return fromOutput(tf, tf.sigmoid(x), (y) => tf.mul(y, tf.sub(1, y)));
    case "tanh":
      return fromOutput(tf, tf.tanh(x), (y) => tf.sub(1, tf.square(y)));
    case "elu":
      return exponential(tf, x, { alpha: op.alpha, gamma: 1 });
    case "selu":
      return exponential(tf, x, op);
    case "clip":
      return simpleRun(
        tf,
        () => [tf.clipByValue(x, op.min, op.max)],
        (dy) => [tf.mul(tf.mul(dy, isAbove(tf, x, op.min)), tf.cast(tf.less(x, op.max), "float32"))],
      );
  }
}

function isAbove(tf: Tf, x: Tensor, limit: number): Tensor {
  return tf.cast(tf.greater(x, limit), "float32");
}

/** An activation whose derivative follows from its output, which is saved by a second name. */
function fromOutput(tf: Tf, y: Tensor, slope: (y: Tensor) => Tensor): OpRun {
  return {
    output: y,
    saved: [],
    backward: (dy) => Promise.resolve([tf.tidy(() => tf.mul(dy, slope(y)))]),
  };
}

/** `gamma * x` above 0, `gamma * alpha * (exp(x) - 1)` below. */
function exponential(tf: Tf, x: Tensor, { alpha, gamma }: { readonly alpha: number; readonly gamma: number }): OpRun {
  const below = () => tf.mul(tf.exp(tf.minimum(x, 0)), gamma * alpha);
  return simpleRun(
    tf,
    () => [tf.where(tf.greater(x, 0), tf.mul(x, gamma), tf.sub(below(), gamma * alpha))],
    (dy) => [tf.mul(dy, tf.where(tf.greater(x, 0), tf.fill(x.shape, gamma), below()))],
  );
}

export function runElementwise(tf: Tf, kind: "add" | "mul", a: Tensor, b: Tensor): OpRun {
  if (kind === "add") {
    return simpleRun(
      tf,
      () => [tf.add(a, b)],
      (dy) => [summedTo(tf, dy, a.shape), summedTo(tf, dy, b.shape)],
    );
  }
  return simpleRun(
    tf,
    () => [tf.mul(a, b)],
    (dy) => [summedTo(tf, tf.mul(dy, b), a.shape), summedTo(tf, tf.mul(dy, a), b.shape)],
  );
}

/** Sums over the axes along which an operand was stretched. */
function summedTo(tf: Tf, gradient: Tensor, shape: readonly number[]): Tensor {
  const stretched = shape.flatMap((size, axis) => (size === gradient.shape[axis] ? [] : [axis]));
  return stretched.length === 0 ? gradient.clone() : tf.sum(gradient, stretched, true);
}

interface Dropped {
  readonly p: number;
  readonly seed: number;
  readonly step: number;
  /** Index of the operator. */
  readonly op: number;
}

export function runDropout(tf: Tf, x: Tensor, { p, seed, step, op }: Dropped): OpRun {
  const key = dropoutKey(seed, step, op);
  const factors = Float32Array.from({ length: x.size }, (_, index) => (keepsElement(key, index, p) ? 1 / (1 - p) : 0));
  return simpleRun(
    tf,
    () => {
      const mask = tf.tensor(factors, x.shape, "float32");
      return [tf.mul(x, mask), mask];
    },
    (dy, [mask = dy]) => [tf.mul(dy, mask)],
  );
}
