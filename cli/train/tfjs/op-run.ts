/** One operator of one step on TensorFlow.js: its output and, by hand, its backward pass. */
import type * as tfjs from "@tensorflow/tfjs-core";

export type Tf = typeof tfjs;
export type Tensor = tfjs.Tensor;

/** Tensors have the batch in front, then PyTorch's order. */
export interface OpRun {
  readonly output: Tensor;
  /** What the backward pass reads; whoever holds the run disposes of it and of the output. */
  readonly saved: readonly Tensor[];
  /** From the output's gradient to the inputs', in their order; new tensors, never `dy` itself. */
  readonly backward: (dy: Tensor) => Promise<readonly Tensor[]>;
}

/**
 * A run without reads from the device. `forward` gives the output and what is to be saved; both functions may leave other
 * tensors behind.
 */
export function simpleRun(
  tf: Tf,
  forward: () => readonly [Tensor, ...Tensor[]],
  backward: (dy: Tensor, saved: readonly Tensor[]) => readonly Tensor[],
): OpRun {
  const [output, ...saved] = tidied(tf, forward);
  return { output, saved, backward: (dy) => Promise.resolve(tidied(tf, () => backward(dy, saved))) };
}

/** What `make` gives; all other tensors that it made are disposed of. */
export function tidied<T extends readonly Tensor[]>(tf: Tf, make: () => T): T {
  return tf.tidy(() => make() as unknown as tfjs.TensorContainerArray) as unknown as T;
}

/** The values of a tensor, which is then disposed of. */
export async function take(tensor: Tensor): Promise<Float32Array> {
  const values = await tensor.data<"float32">();
  tensor.dispose();
  return values;
}

/** A per-channel vector that stretches over a tensor of this rank, whose axis 1 is the channel's. */
export function perChannel(tf: Tf, values: Float32Array, rank: number): Tensor {
  const shape = Array.from({ length: rank }, (_, axis) => (axis === 1 ? values.length : 1));
  return tf.tensor(values, shape, "float32");
}

/** All axes but the channel's. */
export function otherAxes(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
}
