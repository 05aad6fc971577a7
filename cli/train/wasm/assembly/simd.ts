// What all kernels share. Sizes and steps come in floats; kernels turn them into bytes once, with `bytes`.

/** `a * b + c`, fused (one rounding) in the relaxed variant of the module. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  else return f32x4.add(f32x4.mul(a, b), c);
}

/** Floats to bytes. A negative step wraps around, as address arithmetic does. */
@inline
export function bytes(floats: i32): usize {
  return <usize>floats << 2;
}

/** `max(v, lo)` as one instruction; NaN stays NaN. */
@inline
export function atLeast(v: v128, lo: v128): v128 {
  return f32x4.pmax(v, lo);
}

/** `min(v, hi)` as one instruction; NaN stays NaN. */
@inline
export function atMost(v: v128, hi: v128): v128 {
  return f32x4.pmin(v, hi);
}

/** Adds the four floats of `v` to four doubles in memory. */
@inline
export function addDoubles(sums: usize, v: v128): void {
  const low = f64x2.promote_low_f32x4(v);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0));
  v128.store(sums, f64x2.add(v128.load(sums), low));
  v128.store(sums, f64x2.add(v128.load(sums, 16), high), 16);
}

/**
 * Rows of a block for sums per channel: at most 8 KiB of each operand, so that it is still in the first-level cache for the next
 * channels.
 */
@inline
export function blockOf(channels: i32): i32 {
  return max(8, min(128, 2048 / channels));
}

/** Rows of more bytes than this leave cache lines out when they are read with a stride, see `touch`. */
export const wideRow: usize = 128;

/**
 * Reads one word of every cache line of a block in memory order, so that it comes from memory as a stream: the sums per channel
 * then read it with a stride, which the processor does not foresee when rows are wide.
 */
@inline
export function touch(block: usize, length: usize): void {
  const end = block + length;
  for (let p = block; p < end; p += 64) load<i32>(p);
}
