/** The gradients of batch norm and of a quantiser's scale from the sums of the `quantizeGradSums` kernel. */
import { floatsAt, flushed, integersAt, sumOfSlots } from "./memory.js";
import type { Factors, Normalization } from "./fold-activation.js";
import type { TaskContext } from "./task.js";

export interface ActivationGradient {
  readonly kind: "activationGradient";
  readonly lanes: number;
  /** int32 per lane: which scale it has, -1 for padding. */
  readonly groups: number;
  readonly factors: Factors;
  readonly divide: 0 | 1;
  readonly zeroPoint: number;
  /** In the slots, double per lane: `sum dv`, `sum dv (x - shift)`, `sum dy q`. */
  readonly sums: number;
  /** In the slots, double per lane: `sum dy`; only with a zero point. */
  readonly plainSums?: number;
  /** What was subtracted from x in the sums, float32 per lane. */
  readonly shift: number;
  /** Double per scale, added to. */
  readonly scaleGradients?: number;
  readonly norm?: NormalizationGradient;
}

export interface NormalizationGradient extends Normalization {
  /** Addresses of the parameters' gradients, added to. */
  readonly gammaGradient: number | undefined;
  readonly betaGradient: number | undefined;
  /** Factors of the `quantizeGradInput` kernel, float32 per lane. */
  readonly a1: number;
  readonly a2: number;
  readonly a3: number;
}

export function activationGradient(task: ActivationGradient, context: TaskContext): void {
  const { lanes, scaleGradients, norm } = task;
  const sums = sumOfSlots(context, task.sums, 3 * lanes);
  if (scaleGradients !== undefined) addScaleGradients(task, scaleGradients, sums, context);
  if (norm) normalizationGradient(task, norm, sums, context);
}

/** To the scale: `dy (q - zeroPoint - x / scale)` inside the range, `dy (q - zeroPoint)` outside. */
function addScaleGradients(task: ActivationGradient, target: number, sums: Float64Array, context: TaskContext): void {
  const { lanes, factors, divide, zeroPoint, plainSums } = task;
  const groups = integersAt(context, task.groups, lanes);
  const [a, b] = [floatsAt(context, factors.a, lanes), floatsAt(context, factors.b, lanes)];
  const [scale, shift] = [floatsAt(context, factors.scale, lanes), floatsAt(context, task.shift, lanes)];
  const plain = plainSums === undefined ? undefined : sumOfSlots(context, plainSums, lanes);
  for (let lane = 0; lane < lanes; lane++) {
    const group = groups[lane] ?? -1;
    if (group < 0) continue;
    const passed = sums[lane] ?? 0;
    const passedX = (sums[lanes + lane] ?? 0) + (shift[lane] ?? 0) * passed;
    const passedV = ((a[lane] ?? 0) * passedX + (b[lane] ?? 0) * passed) / (divide ? (scale[lane] ?? 1) : 1);
    const codes = (sums[2 * lanes + lane] ?? 0) - zeroPoint * (plain?.[lane] ?? 0);
    const at = target / 8 + group;
    context.float64[at] = (context.float64[at] ?? 0) + codes - (passedV - zeroPoint * passed);
  }
}

function normalizationGradient(
  { lanes }: ActivationGradient,
  norm: NormalizationGradient,
  sums: Float64Array,
  { float32, float64, settings }: TaskContext,
): void {
  const count = settings.size * norm.rows;
  const add = (address: number | undefined, channel: number, value: number): void => {
    if (address !== undefined) float32[address / 4 + channel] = (float32[address / 4 + channel] ?? 0) + value;
  };
  for (let channel = 0; channel < norm.channels; channel++) {
    const mean = float64[norm.mean / 8 + channel] ?? 0;
    const inverse = float64[norm.inverse / 8 + channel] ?? 0;
    const passed = sums[channel] ?? 0;
    const passedX = (sums[lanes + channel] ?? 0) + ((float32[norm.shift / 4 + channel] ?? 0) - mean) * passed;
    const dgamma = inverse * passedX;
    add(norm.gammaGradient, channel, dgamma);
    add(norm.betaGradient, channel, passed);
    const a1 = (float32[norm.gamma / 4 + channel] ?? 0) * inverse;
    // With frozen statistics mean and deviation do not depend on x.
    const a2 = settings.freezeBatchNorm ? 0 : (-a1 * inverse * dgamma) / count;
    const a3 = settings.freezeBatchNorm ? 0 : (-a1 * passed) / count - a2 * mean;
    float32[norm.a1 / 4 + channel] = flushed(a1);
    float32[norm.a2 / 4 + channel] = flushed(a2);
    float32[norm.a3 / 4 + channel] = flushed(a3);
  }
}
