// What a quantiser makes of `v`, shared by its forward and backward passes.
import { atLeast, atMost } from "./simd";

/** `round(min(max(v, lo), hi))`. Rounding as in `Rounding` of ../kernels.ts; a constant one leaves no branch behind. */
@inline
export function codeOf(v: v128, lo: v128, hi: v128, rounding: i32): v128 {
  const clamped = atMost(atLeast(v, lo), hi);
  if (rounding == 0) return clamped;
  if (rounding == 1) return f32x4.nearest(clamped);
  if (rounding == 2) return f32x4.floor(clamped);
  if (rounding == 3) return f32x4.ceil(clamped);
  return f32x4.trunc(clamped);
}

/** All ones where the gradient passes: `floor < v <= hi`. */
@inline
export function passes(v: v128, floor: v128, hi: v128): v128 {
  return v128.and(f32x4.gt(v, floor), f32x4.le(v, hi));
}
