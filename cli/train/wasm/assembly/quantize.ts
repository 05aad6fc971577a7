// Forward pass: y (+)= code(a x + b) * scale + offset.
//
// Four rows at a time sweep over the channels: memory is read in order and the channels' parameters a quarter as often.
import { codeInput, codeOf } from "./code";
import { bytes, madd } from "./simd";

export function quantize(
  rows: i32,
  channels: i32,
  x: usize,
  a: usize,
  b: usize,
  lo: f32,
  hi: f32,
  rounding: i32,
  scale: usize,
  offset: usize,
  divide: i32,
  y: usize,
  accumulate: i32,
): void {
  if (divide || rounding > 1) allRows(rows, channels, x, a, b, lo, hi, rounding, scale, offset, divide, y, accumulate);
  else if (rounding == 1 && accumulate) allRows(rows, channels, x, a, b, lo, hi, 1, scale, offset, 0, y, 1);
  else if (rounding == 1) allRows(rows, channels, x, a, b, lo, hi, 1, scale, offset, 0, y, 0);
  else allRows(rows, channels, x, a, b, lo, hi, 0, scale, offset, 0, y, accumulate);
}

/** Inlined once per fast case, where the switches are constants. */
@inline
function allRows(
  rows: i32,
  channels: i32,
  x: usize,
  a: usize,
  b: usize,
  lo: f32,
  hi: f32,
  rounding: i32,
  scale: usize,
  offset: usize,
  divide: i32,
  y: usize,
  accumulate: i32,
): void {
  const width = bytes(channels);
  const los = f32x4.splat(lo);
  const his = f32x4.splat(hi);
  let left = rows;
  for (; left >= 4; left -= 4) {
    for (let c: usize = 0; c < width; c += 16) {
      const av = v128.load(a + c);
      const bv = v128.load(b + c);
      const sv = v128.load(scale + c);
      const ov = v128.load(offset + c);
      let p = x + c;
      let q = y + c;
      element(p, av, bv, los, his, rounding, sv, ov, divide, q, accumulate);
      p += width;
      q += width;
      element(p, av, bv, los, his, rounding, sv, ov, divide, q, accumulate);
      p += width;
      q += width;
      element(p, av, bv, los, his, rounding, sv, ov, divide, q, accumulate);
      p += width;
      q += width;
      element(p, av, bv, los, his, rounding, sv, ov, divide, q, accumulate);
    }
    x += width << 2;
    y += width << 2;
  }
  for (; left > 0; left--) {
    for (let c: usize = 0; c < width; c += 16) {
      const sv = v128.load(scale + c);
      const ov = v128.load(offset + c);
      element(x + c, v128.load(a + c), v128.load(b + c), los, his, rounding, sv, ov, divide, y + c, accumulate);
    }
    x += width;
    y += width;
  }
}

@inline
function element(
  x: usize,
  a: v128,
  b: v128,
  lo: v128,
  hi: v128,
  rounding: i32,
  scale: v128,
  offset: v128,
  divide: i32,
  y: usize,
  accumulate: i32,
): void {
  let v = codeInput(v128.load(x), a, b, scale, divide);
  v = madd(codeOf(v, lo, hi, rounding), scale, offset);
  if (accumulate) v = f32x4.add(v128.load(y), v);
  v128.store(y, v);
}
