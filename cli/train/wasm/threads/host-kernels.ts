/** What is done per sample in JavaScript because it happens once: the loss, and the element that was a percentile. */
import type { Kernels } from "../kernels.js";
import type { RunSettings } from "../tasks/task.js";

export interface HostKernels {
  /**
   * Softmax cross-entropy of one sample in double precision, with label smoothing and distillation.
   * `logits`, `gradient` (divided by the batch size): `classes` floats; `label`: int32; `teacher`: logits, read when there is
   * distillation; `sums`: two doubles, loss divided by the batch size and right answers, added to.
   */
  crossEntropy(
    classes: number,
    logits: number,
    label: number,
    teacher: number,
    gradient: number,
    sums: number,
  ): void;
  /** Remembers the first sample, and the first of its elements, with the magnitude: two doubles, the sample counted from 1. */
  findFirst(
    rows: number,
    channels: number,
    ld: number,
    x: number,
    magnitude: number,
    sample: number,
    found: number,
  ): void;
  /** Adds what belongs to this sample of `count` records (sample from 1, position, amount: doubles) to `dx`, with the sign of `x`. */
  addDeposits(count: number, records: number, sample: number, x: number, dx: number): void;
}

export interface HostMemory {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
}

/** @param settings gives those of the run at work */
export function hostKernels(memory: HostMemory, kernels: Kernels, settings: () => RunSettings): HostKernels {
  const { float32, float64 } = memory;
  return {
    crossEntropy: (...places) => {
      crossEntropy(memory, settings(), places);
    },
    findFirst: (rows, channels, ld, x, magnitude, sample, found) => {
      if (float64[found / 8] !== 0) return;
      const element = kernels.findMagnitude(rows, channels, ld, x, magnitude);
      if (element < 0) return;
      float64[found / 8] = sample + 1;
      float64[found / 8 + 1] = element;
    },
    addDeposits: (count, records, sample, x, dx) => {
      for (let record = 0; record < count; record++) {
        const at = records / 8 + 3 * record;
        if (float64[at] !== sample + 1) continue;
        const position = float64[at + 1] ?? 0;
        const target = dx / 4 + position;
        float32[target] = (float32[target] ?? 0) + Math.sign(float32[x / 4 + position] ?? 0) * (float64[at + 2] ?? 0);
      }
    },
  };
}

function crossEntropy(
  { float32, float64, int32 }: HostMemory,
  { size, labelSmoothing, distillation }: RunSettings,
  [classes, logits, label, teacher, gradient, sums]: Parameters<HostKernels["crossEntropy"]>,
): void {
  const right = int32[label / 4] ?? 0;
  const scores = float32.subarray(logits / 4, logits / 4 + classes);
  const into = float32.subarray(gradient / 4, gradient / 4 + classes);
  const logShares = logSoftmax(scores, 1);
  const hard = 1 - distillation.weight;
  let loss = 0;
  for (let i = 0; i < classes; i++) {
    const target = labelSmoothing / classes + (i === right ? 1 - labelSmoothing : 0);
    const logShare = logShares[i] ?? 0;
    if (target !== 0) loss -= hard * target * logShare;
    into[i] = (hard * (Math.exp(logShare) - target)) / size;
  }
  if (distillation.weight !== 0) {
    loss += distill(scores, float32.subarray(teacher / 4, teacher / 4 + classes), distillation, into, size);
  }
  float64[sums / 8] = (float64[sums / 8] ?? 0) + loss / size;
  if (indexOfLargest(scores) === right) float64[sums / 8 + 1] = (float64[sums / 8 + 1] ?? 0) + 1;
}

/** Adds `weight * T^2 * KL(teacher || student)` of softened shares: its gradient is `weight * T * (student - teacher)`. */
function distill(
  scores: Float32Array,
  teacher: Float32Array,
  { temperature, weight }: RunSettings["distillation"],
  into: Float32Array,
  size: number,
): number {
  const student = logSoftmax(scores, temperature);
  const wanted = logSoftmax(teacher, temperature);
  let divergence = 0;
  for (let i = 0; i < scores.length; i++) {
    const share = Math.exp(wanted[i] ?? 0);
    if (share !== 0) divergence += share * ((wanted[i] ?? 0) - (student[i] ?? 0));
    into[i] = (into[i] ?? 0) + (weight * temperature * (Math.exp(student[i] ?? 0) - share)) / size;
  }
  return weight * temperature ** 2 * divergence;
}

function logSoftmax(scores: Float32Array, temperature: number): Float64Array {
  const scaled = Float64Array.from(scores, (score) => score / temperature);
  let largest = -Infinity;
  for (const score of scaled) if (!(score <= largest)) largest = score;
  let total = 0;
  for (const score of scaled) total += Math.exp(score - largest);
  const logTotal = largest + Math.log(total);
  return scaled.map((score) => score - logTotal);
}

function indexOfLargest(scores: Float32Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if ((scores[i] ?? 0) > (scores[best] ?? 0)) best = i;
  return best;
}
