// Statistics of |x|.
import { bytes } from "./simd";

export function maxAbs(n: i32, x: usize): f32 {
  let best = f32x4.splat(0);
  let unordered = best;
  let left = n;
  for (; left >= 4; left -= 4) {
    const v = v128.load(x);
    best = f32x4.pmax(best, f32x4.abs(v));
    unordered = v128.or(unordered, f32x4.ne(v, v));
    x += 16;
  }
  for (; left > 0; left--) {
    const v = v128.load32_splat(x);
    best = f32x4.pmax(best, f32x4.abs(v));
    unordered = v128.or(unordered, f32x4.ne(v, v));
    x += 4;
  }
  if (v128.any_true(unordered)) return f32.NaN;
  const pair = max(f32x4.extract_lane(best, 0), f32x4.extract_lane(best, 1));
  return max(pair, max(f32x4.extract_lane(best, 2), f32x4.extract_lane(best, 3)));
}

@inline
function magnitudeBits(x: usize): u32 {
  return load<u32>(x) & 0x7fffffff;
}

export function histogram(
  rows: i32,
  channels: i32,
  ld: i32,
  x: usize,
  shift: i32,
  mask: u32,
  prefix: u32,
  bins: usize,
): void {
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c++) {
      const bits = magnitudeBits(x + bytes(c));
      if ((bits & mask) == prefix) {
        const bin = bins + bytes((bits >> shift) & 2047);
        store<i32>(bin, load<i32>(bin) + 1);
      }
    }
    x += bytes(ld);
  }
}

export function findMagnitude(rows: i32, channels: i32, ld: i32, x: usize, value: f32): i32 {
  const wanted = reinterpret<u32>(value) & 0x7fffffff;
  for (let c = 0; c < channels; c++) {
    let p = x + bytes(c);
    for (let row = 0; row < rows; row++) {
      if (magnitudeBits(p) == wanted) return c * rows + row;
      p += bytes(ld);
    }
  }
  return -1;
}
