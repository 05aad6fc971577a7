/** Scales of activation quantisers, and the gradients of what is learned of them. */
import type { QuantizerSpec } from "../../program.js";
import { scaleOfThreshold } from "../../quantizer-range.js";
import { doublesAt, floatsAt, sumOfSlots } from "./memory.js";
import { addThresholdGradients } from "./stored-tensor.js";
import type { TaskContext } from "./task.js";

/** Computes the scales of one use of a quantiser that does not collect statistics, and clears their gradients. */
export interface ActivationScale {
  readonly kind: "activationScale";
  readonly spec: QuantizerSpec;
  readonly count: number;
  /** float32 each. */
  readonly scales: number;
  /** double each. */
  readonly gradients: number;
  /** Constant scales are there already. */
  readonly source:
    | { readonly kind: "const" }
    | { readonly kind: "learned"; readonly threshold: number }
    | { readonly kind: "shared"; readonly scales: number };
}

export function activationScale(
  { spec, count, scales, gradients, source }: ActivationScale,
  context: TaskContext,
): void {
  doublesAt(context, gradients, count).fill(0);
  const found = floatsAt(context, scales, count);
  if (source.kind === "learned") {
    const thresholds = floatsAt(context, source.threshold, count);
    found.set(thresholds.map((threshold) => scaleOfThreshold(spec, Math.abs(threshold))));
  } else if (source.kind === "shared") {
    found.set(floatsAt(context, source.scales, count));
  }
}

/** Leads the gradients of a learned quantiser's scales to its thresholds, or those of a shared scale to where it comes from. */
export interface ThresholdGradient {
  readonly kind: "thresholdGradient";
  readonly count: number;
  readonly scales: number;
  readonly gradients: number;
  readonly to:
    | { readonly kind: "learned"; readonly threshold: number; readonly gradient: number }
    | { readonly kind: "shared"; readonly gradients: number };
}

export function thresholdGradient({ count, scales, gradients, to }: ThresholdGradient, context: TaskContext): void {
  const found = doublesAt(context, gradients, count);
  if (to.kind === "learned") {
    addThresholdGradients(to, count, floatsAt(context, scales, count), found, context);
    return;
  }
  const target = doublesAt(context, to.gradients, count);
  for (let i = 0; i < count; i++) target[i] = (target[i] ?? 0) + (found[i] ?? 0);
}

/** The scale's gradient of a quantiser that is not uniform: `sum dy q`, less `factor / scale * sum dy x` over what passes. */
export interface CodesGradient {
  readonly kind: "codesGradient";
  readonly lanes: number;
  /** int32 per lane: which scale it has, -1 for padding. */
  readonly groups: number;
  /** In the slots, double per lane: `sum dy q`, then `sum dy x` over what passes. */
  readonly sums: number;
  readonly factor: number;
  readonly scales: number;
  readonly gradients: number;
}

export function codesGradient(task: CodesGradient, context: TaskContext): void {
  const { lanes, factor, scales, gradients } = task;
  const { float32, float64, int32 } = context;
  const sums = sumOfSlots(context, task.sums, 2 * lanes);
  for (let lane = 0; lane < lanes; lane++) {
    const group = int32[task.groups / 4 + lane] ?? -1;
    if (group < 0) continue;
    const scale = float32[scales / 4 + group] ?? 1;
    const at = gradients / 8 + group;
    float64[at] = (float64[at] ?? 0) + (sums[lane] ?? 0) - (factor * (sums[lanes + lane] ?? 0)) / scale;
  }
}

/** Gives every lane its scale, and the slope of gradients that pass. */
export interface SpreadScale {
  readonly kind: "spreadScale";
  readonly lanes: number;
  /** int32 per lane: which scale it has, -1 for padding. */
  readonly groups: number;
  readonly scales: number;
  /** float32 per lane: 1 and 0 in padding. */
  readonly divisors: number;
  readonly perLane: number;
  readonly slope: number;
  /** The slope is multiplied with the scale. */
  readonly byScale: boolean;
  readonly slopes: number;
}

export function spreadScale(task: SpreadScale, context: TaskContext): void {
  const { lanes, scales, slope, byScale } = task;
  const [perLane, slopes] = [floatsAt(context, task.perLane, lanes), floatsAt(context, task.slopes, lanes)];
  const divisors = floatsAt(context, task.divisors, lanes);
  for (let lane = 0; lane < lanes; lane++) {
    const group = context.int32[task.groups / 4 + lane] ?? -1;
    const scale = group < 0 ? 0 : (context.float32[scales / 4 + group] ?? 1);
    divisors[lane] = group < 0 ? 1 : scale;
    perLane[lane] = scale;
    slopes[lane] = group < 0 ? 0 : byScale ? slope * scale : slope;
  }
}
