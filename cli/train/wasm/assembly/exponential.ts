// e^x, e^x - 1 and tanh of four floats.
//
// x = n ln 2 + r with |r| <= ln 2 / 2; e^r - 1 = r + r^2 P(r), P from the Cephes library (S. Moshier, expf); 2^n is made from its
// bits. Relative errors, measured over all magnitudes in kernels' tests: below 2e-7.
import { atLeast, atMost, madd } from "./simd";

/** `ln 2` as a float with few bits, so that `n` times it is exact, and the rest. */
const ln2High: f32 = 0.693359375;
const ln2Low: f32 = -2.12194440e-4;

@inline
function exponentOf(x: v128): v128 {
  return f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
}

/** `e^r - 1` where `x = n ln 2 + r`. */
@inline
function remainderPower(x: v128, n: v128): v128 {
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(ln2High)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(ln2Low)));
  let p = madd(f32x4.splat(1.9875691500e-4), r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  return madd(f32x4.mul(r, r), p, r);
}

/** `2^n` for integers from -126 to 127. */
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
}

/** Infinity above 88.7; below -87 (results under 2^-126) it is 0. */
@inline
export function exp(x: v128): v128 {
  const bounded = atMost(atLeast(x, f32x4.splat(-87)), f32x4.splat(89));
  const n = exponentOf(bounded);
  // In two factors, because 2^128 has no float but e^88.5 has.
  const half = f32x4.floor(f32x4.mul(n, f32x4.splat(0.5)));
  const power = f32x4.add(remainderPower(bounded, n), f32x4.splat(1));
  const result = f32x4.mul(f32x4.mul(power, powerOfTwo(half)), powerOfTwo(f32x4.sub(n, half)));
  return v128.andnot(result, f32x4.lt(x, f32x4.splat(-87)));
}

/** For `x <= 0`, also where it is small. */
@inline
export function expMinusOne(x: v128): v128 {
  const bounded = atLeast(x, f32x4.splat(-30));
  const n = exponentOf(bounded);
  const power = powerOfTwo(n);
  return madd(power, remainderPower(bounded, n), f32x4.sub(power, f32x4.splat(1)));
}

/** `(1 - e) / (1 + e)` with `e = e^(-2 |x|)`, and the sign of x. */
@inline
export function tanhOf(x: v128): v128 {
  const signBit = v128.and(x, f32x4.splat(-0.0));
  const less = expMinusOne(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  return v128.or(f32x4.div(f32x4.neg(less), f32x4.add(f32x4.splat(2), less)), signBit);
}
