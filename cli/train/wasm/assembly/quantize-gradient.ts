// Backward pass of a quantiser with batch norm and activation folded in: sums per channel, then the input's gradient.
import { codeOf, passes } from "./code";
import { addDoubles, blockOf, bytes, madd, touch, wideRow } from "./simd";

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
  if (divide || rounding > 1)
    sumsOfBlocks(rows, channels, x, a, b, shift, dy, lo, hi, floor, rounding, scale, divide, sums);
  else if (rounding == 1) sumsOfBlocks(rows, channels, x, a, b, shift, dy, lo, hi, floor, 1, scale, 0, sums);
  else sumsOfBlocks(rows, channels, x, a, b, shift, dy, lo, hi, floor, 0, scale, 0, sums);
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
      let s1 = f32x4.splat(0);
      let s2 = s1;
      let s3 = s1;
      let xp = x + c;
      let dp = dy + c;
      for (let t = 0; t < n; t++) {
        const xv = v128.load(xp);
        const dv = v128.load(dp);
        let v = madd(xv, av, bv);
        if (divide) v = f32x4.div(v, scales);
        const passed = v128.and(dv, passes(v, floors, his));
        s1 = f32x4.add(s1, passed);
        s2 = madd(passed, f32x4.sub(xv, shifts), s2);
        s3 = madd(dv, codeOf(v, los, his, rounding), s3);
        xp += width;
        dp += width;
      }
      addDoubles(sums + (c << 1), s1);
      addDoubles(sums + (width << 1) + (c << 1), s2);
      addDoubles(sums + (width << 2) + (c << 1), s3);
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
  for (let left = rows; left > 0; left -= 4) {
    for (let c: usize = 0; c < width; c += 16) {
      const av = v128.load(a + c);
      const bv = v128.load(b + c);
      const v1 = v128.load(a1 + c);
      const v2 = v128.load(a2 + c);
      const v3 = v128.load(a3 + c);
      const scales = divide ? v128.load(scale + c) : av;
      let xp = x + c;
      let dp = dy + c;
      let yp = dx + c;
      for (let t = min(left, 4); t > 0; t--) {
        const xv = v128.load(xp);
        let v = madd(xv, av, bv);
        if (divide) v = f32x4.div(v, scales);
        const passed = v128.and(v128.load(dp), passes(v, floors, his));
        v = madd(passed, v1, madd(xv, v2, v3));
        if (accumulate) v = f32x4.add(v128.load(yp), v);
        v128.store(yp, v);
        xp += width;
        dp += width;
        yp += width;
      }
    }
    x += width << 2;
    dy += width << 2;
    dx += width << 2;
  }
}
