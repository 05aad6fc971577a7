// Codes of the quantisers that are not plain integers. Slow and general: they are rare.
import { atLeast, atMost, bytes, madd } from "./simd";

const BINARY: i32 = 0;
const TERNARY: i32 = 1;
const TRUNC: i32 = 2;

export function quantizeCodes(
  rows: i32,
  channels: i32,
  x: usize,
  a: usize,
  b: usize,
  scale: usize,
  kind: i32,
  parameter: f32,
  rounding: i32,
  levels: usize,
  nLevels: i32,
  q: usize,
  passes: usize,
): void {
  const parameters = f32x4.splat(parameter);
  const ones = f32x4.splat(1);
  for (let row = 0; row < rows; row++) {
    for (let c: usize = 0; c < bytes(channels); c += 16) {
      const v = f32x4.div(madd(v128.load(x + c), v128.load(a + c), v128.load(b + c)), v128.load(scale + c));
      const magnitude = f32x4.abs(v);
      const negative = v128.and(f32x4.lt(v, f32x4.splat(0)), f32x4.splat(-0.0));
      let code: v128;
      let passed: v128;
      if (kind == BINARY) {
        code = v128.or(ones, negative);
        passed = f32x4.le(magnitude, parameters);
      } else if (kind == TERNARY) {
        passed = f32x4.gt(magnitude, parameters);
        code = v128.and(v128.or(ones, negative), passed);
      } else if (kind == TRUNC) {
        const shifted = f32x4.mul(rounding ? f32x4.nearest(v) : v, parameters);
        code = rounding ? f32x4.floor(shifted) : shifted;
        passed = f32x4.eq(ones, ones);
      } else {
        const lowest = v128.load32_splat(levels);
        const highest = v128.load32_splat(levels + bytes(nLevels - 1));
        code = rounding ? nearestLevel(v, levels, nLevels) : atMost(atLeast(v, lowest), highest);
        passed = v128.and(f32x4.ge(v, lowest), f32x4.le(v, highest));
      }
      v128.store(q + c, code);
      v128.store(passes + c, v128.and(passed, ones));
    }
    x += bytes(channels);
    q += bytes(channels);
    passes += bytes(channels);
  }
}

/** A later level must be strictly nearer. */
@inline
function nearestLevel(v: v128, levels: usize, nLevels: i32): v128 {
  let best = v128.load32_splat(levels);
  let distance = f32x4.abs(f32x4.sub(v, best));
  for (let i = 1; i < nLevels; i++) {
    const level = v128.load32_splat(levels + bytes(i));
    const d = f32x4.abs(f32x4.sub(v, level));
    best = v128.bitselect(level, best, f32x4.lt(d, distance));
    distance = f32x4.pmin(distance, d);
  }
  return best;
}
