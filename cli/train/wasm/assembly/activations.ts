// Activations and their gradients on n floats, four at a time and the last ones singly.
import { exp, expMinusOne, tanhOf } from "./exponential";
import { atMost } from "./simd";

const SIGMOID: i32 = 0;
const TANH: i32 = 1;
const ELU: i32 = 2;

export function sigmoid(n: i32, x: usize, y: usize): void {
  map(SIGMOID, n, x, 0, 0, y);
}

export function sigmoidGrad(n: i32, y: usize, dy: usize, dx: usize): void {
  mapGrad(SIGMOID, n, y, dy, 0, 0, dx);
}

export function tanh(n: i32, x: usize, y: usize): void {
  map(TANH, n, x, 0, 0, y);
}

export function tanhGrad(n: i32, y: usize, dy: usize, dx: usize): void {
  mapGrad(TANH, n, y, dy, 0, 0, dx);
}

export function elu(n: i32, x: usize, alpha: f32, gamma: f32, y: usize): void {
  map(ELU, n, x, alpha * gamma, gamma, y);
}

export function eluGrad(n: i32, x: usize, alpha: f32, gamma: f32, dy: usize, dx: usize): void {
  mapGrad(ELU, n, x, dy, alpha * gamma, gamma, dx);
}

/** `kind` is a constant at every call: the compiler keeps one branch. */
@inline
function map(kind: i32, n: i32, x: usize, p: f32, q: f32, y: usize): void {
  const ps = f32x4.splat(p);
  const qs = f32x4.splat(q);
  let left = n;
  for (; left >= 4; left -= 4) {
    v128.store(y, valueOf(kind, v128.load(x), ps, qs));
    x += 16;
    y += 16;
  }
  for (; left > 0; left--) {
    v128.store_lane<f32>(y, valueOf(kind, v128.load32_zero(x), ps, qs), 0);
    x += 4;
    y += 4;
  }
}

@inline
function mapGrad(kind: i32, n: i32, x: usize, dy: usize, p: f32, q: f32, dx: usize): void {
  const ps = f32x4.splat(p);
  const qs = f32x4.splat(q);
  let left = n;
  for (; left >= 4; left -= 4) {
    v128.store(dx, gradientOf(kind, v128.load(x), v128.load(dy), ps, qs));
    x += 16;
    dy += 16;
    dx += 16;
  }
  for (; left > 0; left--) {
    v128.store_lane<f32>(dx, gradientOf(kind, v128.load32_zero(x), v128.load32_zero(dy), ps, qs), 0);
    x += 4;
    dy += 4;
    dx += 4;
  }
}

@inline
function valueOf(kind: i32, x: v128, p: v128, q: v128): v128 {
  if (kind == SIGMOID) return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp(f32x4.neg(x))));
  if (kind == TANH) return tanhOf(x);
  const negative = f32x4.mul(p, expMinusOne(atMost(x, f32x4.splat(0))));
  return v128.bitselect(f32x4.mul(q, x), negative, f32x4.gt(x, f32x4.splat(0)));
}

/** For sigmoid and tanh, `x` is the output. */
@inline
function gradientOf(kind: i32, x: v128, dy: v128, p: v128, q: v128): v128 {
  if (kind == SIGMOID) return f32x4.mul(dy, f32x4.mul(x, f32x4.sub(f32x4.splat(1), x)));
  if (kind == TANH) return f32x4.mul(dy, f32x4.mul(f32x4.add(f32x4.splat(1), x), f32x4.sub(f32x4.splat(1), x)));
  const slope = v128.bitselect(q, f32x4.mul(p, exp(x)), f32x4.gt(x, f32x4.splat(0)));
  return f32x4.mul(dy, slope);
}
