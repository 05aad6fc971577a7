/** The loss of a classifier on the host, in float64: logits are few. */
import type { StepOptions } from "./backend.js";

export interface Loss {
  /** Mean over the batch. */
  readonly loss: number;
  /** Samples whose largest logit is the label's; the first of equal ones counts. */
  readonly correct: number;
  /** Of the loss, for each logit. */
  readonly gradient: Float32Array;
}

/**
 * Cross-entropy with label smoothing, and distillation where a teacher's logits are given (see `StepOptions`).
 * @param logits (size, classes)
 * @param labels class numbers, at least `size` of them
 */
export function crossEntropy(
  logits: Float32Array,
  labels: Int32Array,
  size: number,
  { labelSmoothing = 0, distillation }: Pick<StepOptions, "labelSmoothing" | "distillation">,
): Loss {
  const classes = logits.length / size;
  const gradient = new Float32Array(logits.length);
  const hardShare = 1 - (distillation?.weight ?? 0);
  let loss = 0;
  let correct = 0;
  for (let sample = 0; sample < size; sample++) {
    const row = logits.subarray(sample * classes, (sample + 1) * classes);
    const label = labels[sample] ?? 0;
    if (argMax(row) === label) correct++;
    const logP = logSoftmax(row, 1);
    for (let at = 0; at < classes; at++) {
      const target = (at === label ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
      const p = logP[at] ?? 0;
      if (target > 0) loss -= hardShare * target * p;
      gradient[sample * classes + at] = (hardShare * (Math.exp(p) - target)) / size;
    }
    if (distillation) {
      const teacher = distillation.logits.subarray(sample * classes, (sample + 1) * classes);
      const { temperature, weight } = distillation;
      const slopes = gradient.subarray(sample * classes, (sample + 1) * classes);
      loss += weight * divergence(row, teacher, { temperature, slopes, scale: weight / size });
    }
  }
  return { loss: loss / size, correct, gradient };
}

/** `T^2 * KL(teacher || student)` at temperature T; its gradient, times `scale`, is added to `slopes`. */
function divergence(
  student: Float32Array,
  teacher: Float32Array,
  {
    temperature,
    slopes,
    scale,
  }: { readonly temperature: number; readonly slopes: Float32Array; readonly scale: number },
): number {
  const logP = logSoftmax(student, temperature);
  const logQ = logSoftmax(teacher, temperature);
  let sum = 0;
  for (let at = 0; at < student.length; at++) {
    const [p = 0, q = 0] = [logP[at], logQ[at]];
    sum += Math.exp(q) * (q - p);
    slopes[at] = (slopes[at] ?? 0) + scale * temperature * (Math.exp(p) - Math.exp(q));
  }
  return temperature ** 2 * sum;
}

function logSoftmax(logits: Float32Array, temperature: number): Float64Array {
  const scaled = Float64Array.from(logits, (value) => value / temperature);
  const largest = scaled.reduce((max, value) => Math.max(max, value), -Infinity);
  const sum = scaled.reduce((total, value) => total + Math.exp(value - largest), 0);
  const offset = largest + Math.log(sum);
  return scaled.map((value) => value - offset);
}

function argMax(row: Float32Array): number {
  let best = 0;
  for (let at = 1; at < row.length; at++) if ((row[at] ?? 0) > (row[best] ?? 0)) best = at;
  return best;
}
