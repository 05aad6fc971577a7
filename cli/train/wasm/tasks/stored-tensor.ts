/** Weights and biases: from what is stored to what operators use, and the gradient back, quantiser and mask included. */
import type { QuantizerSpec } from "../../program.js";
import { scaleOfThreshold } from "../../quantizer-range.js";
import { magnitudes } from "../../scales.js";
import { groupOf, type Groups } from "./groups.js";
import { doublesAt, floatsAt } from "./memory.js";
import { codeOf, slopesOf, valueQuantizer } from "./quantize-value.js";
import type { TaskContext } from "./task.js";

/** A parameter with its quantiser. Addresses are bytes; tensors lie in PyTorch's order. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly count: number;
  readonly value: number;
  /** 0 where the element is pruned, 1 elsewhere; absent for what cannot be pruned. */
  readonly mask?: number;
  /** What operators use. */
  readonly used: number;
  readonly quantizer?: StoredQuantizer;
}

export interface StoredQuantizer {
  readonly spec: QuantizerSpec;
  readonly rounding: boolean;
  readonly groups: Groups;
  /** Of every group, float32. */
  readonly scales: number;
  /** Gradient of every group's scale, float64; other quantisers add to it. */
  readonly scaleGradients: number;
  readonly source: StoredScale;
}

/** Where the scales come from. */
export type StoredScale =
  | { readonly kind: "const" | "stats" }
  | { readonly kind: "learned"; readonly threshold: number; readonly gradient: number | undefined }
  /** The product of two scales: each one for all groups or one per group. */
  | { readonly kind: "product"; readonly factors: readonly [ScaleFactor, ScaleFactor] }
  | { readonly kind: "shared"; readonly factor: ScaleFactor };

/** Scales of another quantiser. */
export interface ScaleFactor {
  readonly count: number;
  readonly scales: number;
  readonly gradients: number;
}

/** Computes the scales in force and the quantised, masked values. */
export function useStored(tensor: StoredTensor, context: TaskContext): void {
  const { count, quantizer } = tensor;
  const values = masked(tensor, context);
  const used = floatsAt(context, tensor.used, count);
  if (quantizer === undefined) {
    used.set(values);
    return;
  }
  const { groups, spec, rounding } = quantizer;
  const scales = scalesInForce(tensor, quantizer, context);
  doublesAt(context, quantizer.scaleGradients, groups.count).fill(0);
  const through = valueQuantizer(spec, rounding);
  for (let i = 0; i < count; i++) {
    const scale = scales[groupOf(groups, i)] ?? 1;
    used[i] = codeOf(through, values[i] ?? 0, scale) * scale;
  }
}

function masked({ value, mask, count }: StoredTensor, context: TaskContext): Float32Array {
  const values = floatsAt(context, value, count);
  if (mask === undefined) return values;
  const factors = floatsAt(context, mask, count);
  return values.map((x, i) => x * (factors[i] ?? 1));
}

function scalesInForce(
  { value, count, shape }: StoredTensor,
  { spec, groups, scales, source }: StoredQuantizer,
  context: TaskContext,
): Float32Array {
  const found = floatsAt(context, scales, groups.count);
  switch (source.kind) {
    case "const":
      break;
    case "stats": {
      const largest = magnitudes(floatsAt(context, value, count), shape, spec.channelAxis);
      found.set(largest.map((threshold) => scaleOfThreshold(spec, threshold)));
      break;
    }
    case "learned": {
      const thresholds = floatsAt(context, source.threshold, groups.count);
      found.set(thresholds.map((threshold) => scaleOfThreshold(spec, Math.abs(threshold))));
      break;
    }
    case "product": {
      const [a, b] = source.factors;
      for (let group = 0; group < groups.count; group++) {
        found[group] = factorAt(a, group, context) * factorAt(b, group, context);
      }
      break;
    }
    case "shared":
      for (let group = 0; group < groups.count; group++) found[group] = factorAt(source.factor, group, context);
  }
  return found;
}

function factorAt({ scales, count }: ScaleFactor, group: number, { float32 }: TaskContext): number {
  return float32[scales / 4 + (count === 1 ? 0 : group)] ?? 1;
}

/**
 * Adds the gradient of a stored tensor to `gradient` (address), and what flows through its scale to where that comes from.
 * @param used gradient of what operators used, in PyTorch's order; overwritten
 */
export function addStoredGradient(
  tensor: StoredTensor,
  used: Float32Array,
  gradient: number | undefined,
  context: TaskContext,
): void {
  const { quantizer, count, mask } = tensor;
  const scaleGradients = quantizer && backThroughQuantizer(tensor, quantizer, used, context);
  const target = gradient === undefined ? undefined : floatsAt(context, gradient, count);
  if (target) {
    const factors = mask === undefined ? undefined : floatsAt(context, mask, count);
    for (let i = 0; i < count; i++) target[i] = (target[i] ?? 0) + (used[i] ?? 0) * (factors?.[i] ?? 1);
  }
  if (quantizer && scaleGradients) backThroughScale(tensor, quantizer, scaleGradients, target, context);
}

/** Turns the gradient of the quantised values into that of the values. Gives the gradient of each group's scale. */
function backThroughQuantizer(
  tensor: StoredTensor,
  { spec, rounding, groups, scales, scaleGradients }: StoredQuantizer,
  gradient: Float32Array,
  context: TaskContext,
): Float64Array {
  const values = masked(tensor, context);
  const inForce = floatsAt(context, scales, groups.count);
  const sums = Float64Array.from(doublesAt(context, scaleGradients, groups.count));
  const through = valueQuantizer(spec, rounding);
  for (let i = 0; i < tensor.count; i++) {
    const group = groupOf(groups, i);
    const scale = inForce[group] ?? 1;
    const x = values[i] ?? 0;
    const g = gradient[i] ?? 0;
    const { toValue, toScale } = slopesOf(through, x, scale, codeOf(through, x, scale));
    gradient[i] = g * toValue;
    sums[group] = (sums[group] ?? 0) + g * toScale;
  }
  return sums;
}

function backThroughScale(
  tensor: StoredTensor,
  { spec, groups, scales, source }: StoredQuantizer,
  gradients: Float64Array,
  target: Float32Array | undefined,
  context: TaskContext,
): void {
  switch (source.kind) {
    case "const":
      return;
    case "stats":
      if (target)
        backThroughMaximum(tensor, spec, groups, floatsAt(context, scales, groups.count), gradients, target, context);
      return;
    case "learned":
      addThresholdGradients(source, groups.count, floatsAt(context, scales, groups.count), gradients, context);
      return;
    case "product": {
      const [a, b] = source.factors;
      for (let group = 0; group < groups.count; group++) {
        const g = gradients[group] ?? 0;
        addToFactor(a, group, g * factorAt(b, group, context), context);
        addToFactor(b, group, g * factorAt(a, group, context), context);
      }
      return;
    }
    case "shared":
      for (let group = 0; group < groups.count; group++)
        addToFactor(source.factor, group, gradients[group] ?? 0, context);
  }
}

function addToFactor(
  { gradients, count }: ScaleFactor,
  group: number,
  gradient: number,
  { float64 }: TaskContext,
): void {
  const at = gradients / 8 + (count === 1 ? 0 : group);
  float64[at] = (float64[at] ?? 0) + gradient;
}

/** Adds the gradient of learned thresholds, `|value|`: that of the scale times `scale / threshold`, and none where the scale is 1 for want of a threshold. */
export function addThresholdGradients(
  { threshold, gradient }: { readonly threshold: number; readonly gradient: number | undefined },
  count: number,
  scales: Float32Array,
  scaleGradients: Float64Array,
  context: TaskContext,
): void {
  if (gradient === undefined) return;
  const values = floatsAt(context, threshold, count);
  const target = floatsAt(context, gradient, count);
  for (let group = 0; group < count; group++) {
    const value = values[group] ?? 0;
    if (value !== 0)
      target[group] = (target[group] ?? 0) + ((scaleGradients[group] ?? 0) * (scales[group] ?? 1)) / value;
  }
}

/** The threshold is the largest magnitude of the stored values: its gradient goes to those that have it, in equal shares. */
function backThroughMaximum(
  { value, count, shape }: StoredTensor,
  spec: QuantizerSpec,
  groups: Groups,
  scales: Float32Array,
  gradients: Float64Array,
  target: Float32Array,
  context: TaskContext,
): void {
  const values = floatsAt(context, value, count);
  const largest = magnitudes(values, shape, spec.channelAxis);
  const ties = new Uint32Array(groups.count);
  for (let i = 0; i < count; i++) {
    const group = groupOf(groups, i);
    if (Math.abs(values[i] ?? 0) === largest[group]) ties[group] = (ties[group] ?? 0) + 1;
  }
  for (let i = 0; i < count; i++) {
    const group = groupOf(groups, i);
    const threshold = largest[group] ?? 0;
    if (threshold === 0 || Math.abs(values[i] ?? 0) !== threshold) continue;
    const share = ((gradients[group] ?? 0) * (scales[group] ?? 1)) / threshold / (ties[group] ?? 1);
    target[i] = (target[i] ?? 0) + Math.sign(values[i] ?? 0) * share;
  }
}
