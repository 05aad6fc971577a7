/** Batch norm and quantiser as the per-channel factors of the `quantize` kernel. */
import { doublesAt, floatsAt, flushed, integersAt, sumOfSlots } from "./memory.js";
import type { TaskContext } from "./task.js";

export interface FoldActivation {
  readonly kind: "foldActivation";
  readonly lanes: number;
  /** int32 per lane: which of `scales` it has, -1 for padding. */
  readonly groups: number;
  readonly norm?: Normalization;
  /** float32 scales of the quantiser, if there is one. */
  readonly scales?: number;
  /** Added before rounding. */
  readonly zeroPoint: number;
  /** The kernel divides by the scale itself. */
  readonly divide: 0 | 1;
  readonly factors: Factors;
}

/** float32 per lane, as the `quantize` kernel takes them. */
export interface Factors {
  readonly a: number;
  readonly b: number;
  readonly scale: number;
  readonly offset: number;
}

/** Batch norm. Parameters are float32 per lane, padded with zeros. */
export interface Normalization {
  readonly gamma: number;
  readonly beta: number;
  readonly runningMean: number;
  readonly runningVar: number;
  readonly eps: number;
  readonly momentum: number;
  readonly channels: number;
  /** Positions of a sample. */
  readonly rows: number;
  /** In the slots: sums of `x - runningMean` and of its square, double per lane. Absent: the running statistics are used. */
  readonly moments?: number;
  /** Statistics in force, double per lane, and the mean as float32. */
  readonly mean: number;
  readonly inverse: number;
  readonly shift: number;
}

export function foldActivation(task: FoldActivation, context: TaskContext): void {
  const { lanes, norm, scales, zeroPoint, divide, factors } = task;
  if (norm) normalize(norm, lanes, context);
  const groups = integersAt(context, task.groups, lanes);
  const [a, b, scale, offset] = [factors.a, factors.b, factors.scale, factors.offset].map((address) =>
    floatsAt(context, address, lanes),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  for (let lane = 0; lane < lanes; lane++) {
    const group = groups[lane] ?? -1;
    const isPadding = group < 0;
    const step = scales === undefined || isPadding ? 1 : (context.float32[scales / 4 + group] ?? 1);
    const { factor, constant } = norm ? affine(norm, lane, context) : { factor: 1, constant: 0 };
    a[lane] = isPadding ? 0 : flushed(divide ? factor : factor / step);
    b[lane] = isPadding ? 0 : flushed(divide ? constant : constant / step + zeroPoint);
    scale[lane] = isPadding && !divide ? 0 : step;
    offset[lane] = isPadding ? 0 : -zeroPoint * step;
  }
}

/** Batch norm of one channel as `factor * x + constant`. */
function affine(
  { gamma, beta, mean, inverse }: Normalization,
  lane: number,
  { float32, float64 }: TaskContext,
): { readonly factor: number; readonly constant: number } {
  const factor = (float32[gamma / 4 + lane] ?? 0) * (float64[inverse / 8 + lane] ?? 0);
  return { factor, constant: (float32[beta / 4 + lane] ?? 0) - (float64[mean / 8 + lane] ?? 0) * factor };
}

/** Mean and inverse deviation of the batch, which are also tracked, or those tracked so far. */
function normalize(norm: Normalization, lanes: number, context: TaskContext): void {
  const { channels, eps, moments } = norm;
  const runningMean = floatsAt(context, norm.runningMean, lanes);
  const runningVar = floatsAt(context, norm.runningVar, lanes);
  const [mean, inverse] = [doublesAt(context, norm.mean, lanes), doublesAt(context, norm.inverse, lanes)];
  const shift = floatsAt(context, norm.shift, lanes);
  const isTracked = moments === undefined || context.settings.freezeBatchNorm;
  const sums = isTracked ? undefined : sumOfSlots(context, moments, 2 * lanes);
  const count = context.settings.size * norm.rows;
  for (let channel = 0; channel < channels; channel++) {
    let [average, variance] = [runningMean[channel] ?? 0, runningVar[channel] ?? 1];
    if (sums) {
      const distance = (sums[channel] ?? 0) / count;
      average += distance;
      const square = (sums[lanes + channel] ?? 0) / count - distance * distance;
      // Rounding may make a constant channel's variance negative. Written so that NaN stays.
      variance = square < 0 ? 0 : square;
      track(norm, channel, average, count > 1 ? (variance * count) / (count - 1) : variance, context);
    }
    mean[channel] = average;
    shift[channel] = average;
    inverse[channel] = 1 / Math.sqrt(variance + eps);
  }
}

function track(
  { runningMean, runningVar, momentum }: Normalization,
  channel: number,
  mean: number,
  variance: number,
  { float32 }: TaskContext,
): void {
  const [atMean, atVar] = [runningMean / 4 + channel, runningVar / 4 + channel];
  float32[atMean] = (1 - momentum) * (float32[atMean] ?? 0) + momentum * mean;
  float32[atVar] = (1 - momentum) * (float32[atVar] ?? 0) + momentum * variance;
}
