// Statistics of |x|.
import { bytes } from "./simd";

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
