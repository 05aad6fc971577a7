/** Weights and biases at the begin of a step and at its end. */
import { floatsAt, integersAt, sumOfSlots } from "./memory.js";
import { addStoredGradient, useStored, type StoredTensor } from "./stored-tensor.js";
import type { TaskContext } from "./task.js";

/** Quantises a weight and lays it out as the kernels want it. */
export interface QuantizeWeight {
  readonly kind: "quantizeWeight";
  readonly tensor: StoredTensor;
  readonly forms: readonly WeightForm[];
}

/** A layout of a weight: `out[i] = weight[table[i]]`, or 0 where the table has -1. */
export interface WeightForm {
  /** int32 addresses. */
  readonly table: number;
  readonly out: number;
  readonly count: number;
}

export function quantizeWeight({ tensor, forms }: QuantizeWeight, context: TaskContext): void {
  useStored(tensor, context);
  const used = floatsAt(context, tensor.used, tensor.count);
  for (const { table, out, count } of forms) {
    const indices = integersAt(context, table, count);
    const laid = floatsAt(context, out, count);
    for (let i = 0; i < count; i++) {
      const index = indices[i] ?? -1;
      laid[i] = index < 0 ? 0 : (used[index] ?? 0);
    }
  }
}

/** Sums what the chunks have gathered for a weight and leads it back to what is stored. */
export interface WeightGradient {
  readonly kind: "weightGradient";
  readonly tensor: StoredTensor;
  /** One per operator that uses the weight. */
  readonly parts: readonly WeightPart[];
  /** Address, `undefined` if only the scale's gradient is of interest. */
  readonly gradient: number | undefined;
}

/** float32 accumulators in the slots; element `i` of PyTorch's order is number `table[i]` of them. */
export interface WeightPart {
  readonly accumulators: number;
  readonly count: number;
  readonly table: number;
  /** Memory for their sum. */
  readonly sum: number;
}

export function weightGradient({ tensor, parts, gradient }: WeightGradient, context: TaskContext): void {
  const { kernels, slots } = context;
  const used = new Float32Array(tensor.count);
  for (const { accumulators, count, table, sum } of parts) {
    kernels.sumSlots(count, slots.count, slots.begin + accumulators, slots.stride / 4, sum);
    const sums = floatsAt(context, sum, count);
    const places = integersAt(context, table, tensor.count);
    for (let i = 0; i < used.length; i++) used[i] = (used[i] ?? 0) + (sums[places[i] ?? 0] ?? 0);
  }
  addStoredGradient(tensor, used, gradient, context);
}

/** The same for a bias, whose accumulators are double sums per channel. */
export interface BiasGradient {
  readonly kind: "biasGradient";
  readonly tensor: StoredTensor;
  /** Addresses in the slots of `count` doubles each, one per operator. */
  readonly parts: readonly number[];
  readonly gradient: number | undefined;
}

export function biasGradient({ tensor, parts, gradient }: BiasGradient, context: TaskContext): void {
  const used = new Float32Array(tensor.count);
  for (const part of parts) {
    const sums = sumOfSlots(context, part, tensor.count);
    for (let i = 0; i < used.length; i++) used[i] = (used[i] ?? 0) + (sums[i] ?? 0);
  }
  addStoredGradient(tensor, used, gradient, context);
}
