/** Views of what tasks read and write. */
import type { TaskContext } from "./task.js";

export function floatsAt({ float32 }: Pick<TaskContext, "float32">, bytes: number, count: number): Float32Array {
  return float32.subarray(bytes / 4, bytes / 4 + count);
}

export function doublesAt({ float64 }: Pick<TaskContext, "float64">, bytes: number, count: number): Float64Array {
  return float64.subarray(bytes / 8, bytes / 8 + count);
}

export function integersAt({ int32 }: Pick<TaskContext, "int32">, bytes: number, count: number): Int32Array {
  return int32.subarray(bytes / 4, bytes / 4 + count);
}

/** What float32 has no normal number for becomes 0: some processors are slow with the others. */
export function flushed(value: number): number {
  return Math.abs(value) < 2 ** -126 ? 0 : value;
}

/** Sums the chunks' parts of `count` doubles at byte `at` of the slots, always in the same order. */
export function sumOfSlots({ float64, slots }: TaskContext, at: number, count: number): Float64Array {
  const sums = new Float64Array(count);
  for (let slot = 0; slot < slots.count; slot++) {
    const begin = (slots.begin + slot * slots.stride + at) / 8;
    for (let i = 0; i < count; i++) sums[i] = (sums[i] ?? 0) + (float64[begin + i] ?? 0);
  }
  return sums;
}
