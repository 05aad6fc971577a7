/** What is done per sample in JavaScript because it happens once: the loss, and the element that was a percentile. */
import { crossEntropy } from "../../loss.js";
import type { Kernels } from "../kernels.js";
import type { RunSettings } from "../tasks/task.js";

export interface HostKernels {
  /**
   * Softmax cross-entropy of one sample in double precision, with label smoothing and distillation.
   * `logits`, `gradient` (divided by the batch size): `classes` floats; `label`: int32; `teacher`: logits, read when there is
   * distillation; `sums`: two doubles, loss divided by the batch size and right answers, added to.
   */
  readonly crossEntropy: (
    classes: number,
    logits: number,
    label: number,
    teacher: number,
    gradient: number,
    sums: number,
  ) => void;
  /** Remembers the first sample, and the first of its elements, with the magnitude: two doubles, the sample counted from 1. */
  readonly findFirst: (
    rows: number,
    channels: number,
    ld: number,
    x: number,
    magnitude: number,
    sample: number,
    found: number,
  ) => void;
  /** Adds what belongs to this sample of `count` records (sample from 1, position, amount: doubles) to `dx`, with the sign of `x`. */
  readonly addDeposits: (count: number, records: number, sample: number, x: number, dx: number) => void;
}

export interface HostMemory {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
}

/** What kernels see of the run at work. */
export interface HostRun extends HostMemory {
  readonly settings: RunSettings;
}

/** @param run gives the run at work */
export function hostKernels(kernels: Kernels, run: () => HostRun): HostKernels {
  return {
    crossEntropy: (...places) => {
      sampleLoss(run(), places);
    },
    findFirst: (rows, channels, ld, x, magnitude, sample, found) => {
      const { float64 } = run();
      if (float64[found / 8] !== 0) return;
      const element = kernels.findMagnitude(rows, channels, ld, x, magnitude);
      if (element < 0) return;
      float64[found / 8] = sample + 1;
      float64[found / 8 + 1] = element;
    },
    addDeposits: (count, records, sample, x, dx) => {
      const { float32, float64 } = run();
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

function sampleLoss(
  { float32, float64, int32, settings: { size, labelSmoothing, distillation } }: HostRun,
  [classes, logits, label, teacher, gradient, sums]: Parameters<HostKernels["crossEntropy"]>,
): void {
  const row = (address: number): Float32Array => float32.subarray(address / 4, address / 4 + classes);
  const result = crossEntropy(row(logits), int32.subarray(label / 4, label / 4 + 1), 1, {
    labelSmoothing,
    ...(distillation && { distillation: { ...distillation, logits: row(teacher) } }),
  });
  row(gradient).set(result.gradient.map((slope) => slope / size));
  float64[sums / 8] = (float64[sums / 8] ?? 0) + result.loss / size;
  float64[sums / 8 + 1] = (float64[sums / 8 + 1] ?? 0) + result.correct;
}
