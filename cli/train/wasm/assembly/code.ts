// What a quantiser makes of `v`, shared by its forward and backward passes.
import { atLeast, atMost, madd } from "./simd";

/** `v = a x + b`, or that divided by the scale. */
@inline
export function codeInput(x: v128, a: v128, b: v128, scale: v128, divide: i32): v128 {
  const v = madd(x, a, b);
  return divide ? f32x4.div(v, scale) : v;
}

/** `round(min(max(v, lo), hi))`. */
@inline
export function codeOf(v: v128, lo: v128, hi: v128, rounding: i32): v128 {
  return rounded(atMost(atLeast(v, lo), hi), rounding);
}

/** Rounding as in `Rounding` of ../kernels.ts; a constant one leaves no branch behind. */
@inline
export function rounded(v: v128, rounding: i32): v128 {
  if (rounding == 0) return v;
  if (rounding == 1) return f32x4.nearest(v);
  if (rounding == 2) return f32x4.floor(v);
  if (rounding == 3) return f32x4.ceil(v);
  return f32x4.trunc(v);
}

/** All ones where the gradient passes: `floor < v <= hi`. */
@inline
export function passes(v: v128, floor: v128, hi: v128): v128 {
  return v128.and(f32x4.gt(v, floor), f32x4.le(v, hi));
}
