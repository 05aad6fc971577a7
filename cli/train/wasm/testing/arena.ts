/** Memory for tests of the kernels: arrays between guards, so that a write beside an output is seen. */
import { expect } from "vitest";
import type { Kernels, Pointer } from "../kernels.js";
import { createKernelMemory, instantiateKernels, loadKernels } from "../load-kernels.js";

const guard = 16;
const guardValue = 12_345;

export class Arena {
  private next = 1024;
  private readonly guards: number[] = [];
  private readonly floats: Float32Array;
  private readonly integers: Int32Array;
  private readonly doubles: Float64Array;

  constructor(private readonly memory: WebAssembly.Memory) {
    this.floats = new Float32Array(memory.buffer);
    this.integers = new Int32Array(memory.buffer);
    this.doubles = new Float64Array(memory.buffer);
  }

  /** Forgets all arrays. */
  reset(): void {
    this.next = 1024;
    this.guards.length = 0;
  }

  f32(values: ArrayLike<number>): Pointer {
    const pointer = this.reserve(values.length);
    this.floats.set(values, pointer / 4);
    return pointer;
  }

  i32(values: ArrayLike<number>): Pointer {
    const pointer = this.reserve(values.length);
    this.integers.set(values, pointer / 4);
    return pointer;
  }

  f64(values: ArrayLike<number>): Pointer {
    const pointer = this.reserve(values.length * 2);
    this.doubles.set(values, pointer / 8);
    return pointer;
  }

  readF32(pointer: Pointer, length: number): Float32Array {
    return this.floats.slice(pointer / 4, pointer / 4 + length);
  }

  readI32(pointer: Pointer, length: number): Int32Array {
    return this.integers.slice(pointer / 4, pointer / 4 + length);
  }

  readF64(pointer: Pointer, length: number): Float64Array {
    return this.doubles.slice(pointer / 8, pointer / 8 + length);
  }

  expectGuards(): void {
    for (const start of this.guards)
      for (let i = 0; i < guard; i++)
        if (this.floats[start + i] !== guardValue) expect.fail(`float ${start + i}, between two arrays, was written`);
  }

  /** Place for `length` floats, on a multiple of 16 bytes, with a guard before and after it. */
  private reserve(length: number): Pointer {
    this.placeGuard();
    const pointer = this.next;
    this.next += Math.ceil(length / 4) * 16;
    if (this.next + 4 * guard > this.memory.buffer.byteLength) throw new Error("the test's memory is too small");
    this.placeGuard();
    return pointer;
  }

  private placeGuard(): void {
    this.floats.fill(guardValue, this.next / 4, this.next / 4 + guard);
    this.guards.push(this.next / 4);
    this.next += guard * 4;
  }
}

export interface Variant {
  readonly name: string;
  readonly kernels: Kernels;
  readonly arena: Arena;
}

/** Every variant of the kernels that this engine takes, each with a memory of its own. */
export async function kernelVariants(): Promise<readonly Variant[]> {
  const modules = [await loadKernels({ fma: false }), await loadKernels()];
  return modules
    .filter(({ fma }, index) => index === 0 || fma)
    .map(({ module, fma }) => {
      const memory = createKernelMemory(8 * 2 ** 20);
      return {
        name: fma ? "relaxed SIMD" : "SIMD",
        kernels: instantiateKernels(module, memory),
        arena: new Arena(memory),
      };
    });
}

/** Deterministic numbers in (-1, 1), a few of them exactly 0. */
export function noise(length: number, seed: number): Float32Array {
  let state = (seed + 1) * 0x9e3779b1;
  return Float32Array.from({ length }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    const value = ((state ^ (state >>> 13)) >>> 8) / 2 ** 23 - 1;
    return Math.abs(value) < 0.02 ? 0 : value;
  });
}

/** Sums of products in double precision, and the sum of their magnitudes, by which rounding errors are measured. */
export class ExactSums {
  private readonly sums: Float64Array;
  private readonly magnitudes: Float64Array;

  constructor(initial: ArrayLike<number>) {
    this.sums = Float64Array.from(initial);
    this.magnitudes = this.sums.map(Math.abs);
  }

  add(index: number, product: number): void {
    this.sums[index] = (this.sums[index] ?? 0) + product;
    this.magnitudes[index] = (this.magnitudes[index] ?? 0) + Math.abs(product);
  }

  /** Every float within `tolerance` of its exact sum, relative to the sum of magnitudes. */
  expectNear(actual: ArrayLike<number>, tolerance = 1e-6): void {
    expect(actual.length).toBe(this.sums.length);
    this.sums.forEach((sum, index) => {
      const error = Math.abs((actual[index] ?? Number.NaN) - sum);
      const allowed = tolerance * (this.magnitudes[index] ?? 0);
      if (!(error <= allowed)) expect.fail(`element ${index} is ${actual[index]}, exactly ${sum}`);
    });
  }
}

/** The element, which must be there. */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`index ${index} of ${values.length}`);
  return value;
}
