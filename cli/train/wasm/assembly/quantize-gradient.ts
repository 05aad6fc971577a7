// Backward pass of a quantiser with batch norm and activation folded in: sums per channel, then the input's gradient.
import { codeInput, passes, rounded } from "./code";
import { addDoubles, atLeast, atMost, blockOf, bytes, madd, touch, wideRow } from "./simd";

export function quantizeGradSums(
  rows: i32,
  channels: i32,
  x: usize,
  a: usize,
  b: usize,
  shift: usize,
  dy: usize,
  lo: f32,
  hi: f32,
  floor: f32,
  rounding: i32,
  scale: usize,
  divide: i32,
  sums: usize,
): void {
  if (divide || rounding != 1) {
    sumsOfBlocks(rows, channels, x, a, b, shift, dy, lo, hi, floor, rounding, scale, divide, sums);
  } else {
    sumsOfBlocks(rows, channels, x, a, b, shift, dy, lowestPassed(lo, floor), hi, floor, 1, scale, 0, sums);
  }
}

/**
 * The smallest `v` that passes. Clamped to it instead of to `lo`, `v` is unchanged exactly where the gradient passes, and its
 * nearest integer is the same. Not a denormal number, which some processors are slow with.
 */
@inline
function lowestPassed(lo: f32, floor: f32): f32 {
  if (floor < lo) return lo;
  if (lo == 0) return f32.MIN_NORMAL_VALUE;
  return reinterpret<f32>(reinterpret<i32>(lo) + (lo > 0 ? 1 : -1));
}

/** Sums are float32 within a block of rows, which stays in the first-level cache, and float64 above. */
@inline
function sumsOfBlocks(
  rows: i32,
  channels: i32,
  x: usize,
  a: usize,
  b: usize,
  shift: usize,
  dy: usize,
  lo: f32,
  hi: f32,
  floor: f32,
  rounding: i32,
  scale: usize,
  divide: i32,
  sums: usize,
): void {
  const width = bytes(channels);
  const block = blockOf(channels);
  const los = f32x4.splat(lo);
  const his = f32x4.splat(hi);
  const floors = f32x4.splat(floor);
  const isGeneral = divide != 0 || rounding != 1;
  for (let row = 0; row < rows; row += block) {
    const n = min(block, rows - row);
    if (width > wideRow) {
      touch(x, <usize>n * width);
      touch(dy, <usize>n * width);
    }
    for (let c: usize = 0; c < width; c += 16) {
      const av = v128.load(a + c);
      const bv = v128.load(b + c);
      const shifts = v128.load(shift + c);
      const scales = divide ? v128.load(scale + c) : av;
      let sum = f32x4.splat(0);
      let evenDots = sum;
      let evenCodes = sum;
      let oddDots = sum;
      let oddCodes = sum;
      let xp = x + c;
      let dp = dy + c;
      // Even and odd rows have chains of their own, because a fused multiply-add waits for the one before; more sums would
      // not fit into the registers. Leaving the loop between them keeps their loads apart, see depthwise.ts.
      for (let left = n; ; left--) {
        if (left == 0) break;
        const x0 = v128.load(xp);
        const d0 = v128.load(dp);
        const v0 = codeInput(x0, av, bv, scales, divide);
        const clamped0 = atMost(atLeast(v0, los), his);
        const inside0 = isGeneral ? passes(v0, floors, his) : f32x4.eq(clamped0, v0);
        const passed0 = v128.and(d0, inside0);
        sum = f32x4.add(sum, passed0);
        evenDots = madd(passed0, f32x4.sub(x0, shifts), evenDots);
        evenCodes = madd(d0, rounded(clamped0, rounding), evenCodes);
        xp += width;
        dp += width;
        left--;
        if (left == 0) break;
        const x1 = v128.load(xp);
        const d1 = v128.load(dp);
        const v1 = codeInput(x1, av, bv, scales, divide);
        const clamped1 = atMost(atLeast(v1, los), his);
        const inside1 = isGeneral ? passes(v1, floors, his) : f32x4.eq(clamped1, v1);
        const passed1 = v128.and(d1, inside1);
        sum = f32x4.add(sum, passed1);
        oddDots = madd(passed1, f32x4.sub(x1, shifts), oddDots);
        oddCodes = madd(d1, rounded(clamped1, rounding), oddCodes);
        xp += width;
        dp += width;
      }
      addDoubles(sums + (c << 1), sum);
      addDoubles(sums + (width << 1) + (c << 1), f32x4.add(evenDots, oddDots));
      addDoubles(sums + (width << 2) + (c << 1), f32x4.add(evenCodes, oddCodes));
    }
    x += <usize>n * width;
    dy += <usize>n * width;
  }
}

export function quantizeGradInput(
  rows: i32,
  channels: i32,
  x: usize,
  a: usize,
  b: usize,
  dy: usize,
  hi: f32,
  floor: f32,
  scale: usize,
  divide: i32,
  a1: usize,
  a2: usize,
  a3: usize,
  dx: usize,
  accumulate: i32,
): void {
  if (divide || accumulate) allRows(rows, channels, x, a, b, dy, hi, floor, scale, divide, a1, a2, a3, dx, accumulate);
  else allRows(rows, channels, x, a, b, dy, hi, floor, scale, 0, a1, a2, a3, dx, 0);
}

/** Four rows at a time, as in quantize.ts. */
@inline
function allRows(
  rows: i32,
  channels: i32,
  x: usize,
  a: usize,
  b: usize,
  dy: usize,
  hi: f32,
  floor: f32,
  scale: usize,
  divide: i32,
  a1: usize,
  a2: usize,
  a3: usize,
  dx: usize,
  accumulate: i32,
): void {
  const width = bytes(channels);
  const his = f32x4.splat(hi);
  const floors = f32x4.splat(floor);
  let left = rows;
  for (; left >= 4; left -= 4) {
    for (let c: usize = 0; c < width; c += 16) {
      const av = v128.load(a + c);
      const bv = v128.load(b + c);
      const v1 = v128.load(a1 + c);
      const v2 = v128.load(a2 + c);
      const v3 = v128.load(a3 + c);
      const scales = divide ? v128.load(scale + c) : av;
      let p = c;
      element(x + p, av, bv, scales, divide, dy + p, his, floors, v1, v2, v3, dx + p, accumulate);
      p += width;
      element(x + p, av, bv, scales, divide, dy + p, his, floors, v1, v2, v3, dx + p, accumulate);
      p += width;
      element(x + p, av, bv, scales, divide, dy + p, his, floors, v1, v2, v3, dx + p, accumulate);
      p += width;
      element(x + p, av, bv, scales, divide, dy + p, his, floors, v1, v2, v3, dx + p, accumulate);
    }
    x += width << 2;
    dy += width << 2;
    dx += width << 2;
  }
  for (; left > 0; left--) {
    for (let c: usize = 0; c < width; c += 16) {
      const av = v128.load(a + c);
      const v1 = v128.load(a1 + c);
      const v2 = v128.load(a2 + c);
      const v3 = v128.load(a3 + c);
      const scales = divide ? v128.load(scale + c) : av;
      const bv = v128.load(b + c);
      element(x + c, av, bv, scales, divide, dy + c, his, floors, v1, v2, v3, dx + c, accumulate);
    }
    x += width;
    dy += width;
    dx += width;
  }
}

@inline
function element(
  x: usize,
  a: v128,
  b: v128,
  scale: v128,
  divide: i32,
  dy: usize,
  hi: v128,
  floor: v128,
  a1: v128,
  a2: v128,
  a3: v128,
  dx: usize,
  accumulate: i32,
): void {
  const xv = v128.load(x);
  const passed = v128.and(v128.load(dy), passes(codeInput(xv, a, b, scale, divide), floor, hi));
  const value = madd(passed, a1, madd(xv, a2, a3));
  v128.store(dx, accumulate ? f32x4.add(v128.load(dx), value) : value);
}
