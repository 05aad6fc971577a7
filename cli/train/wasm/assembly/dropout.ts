// Dropout: which elements stay is a hash of their number, the same as in ../../dropout.ts.
import { bytes } from "./simd";

export function dropout(
  rows: i32,
  channels: i32,
  x: usize,
  key: i32,
  index: i32,
  threshold: u32,
  keepScale: f32,
  y: usize,
): void {
  const keys = i32x4.splat(key);
  const thresholds = i32x4.splat(threshold);
  const scales = f32x4.splat(keepScale);
  for (let row = 0; row < rows; row++) {
    let element = i32x4(index + row, index + row + rows, index + row + 2 * rows, index + row + 3 * rows);
    for (let c: usize = 0; c < bytes(channels); c += 16) {
      const kept = i32x4.ge_u(mix(v128.xor(keys, element)), thresholds);
      v128.store(y + c, v128.and(f32x4.mul(v128.load(x + c), scales), kept));
      element = i32x4.add(element, i32x4.splat(4 * rows));
    }
    x += bytes(channels);
    y += bytes(channels);
  }
}

/** C. Wellons' `triple32`. */
@inline
function mix(value: v128): v128 {
  let hash = v128.xor(value, i32x4.shr_u(value, 17));
  hash = i32x4.mul(hash, i32x4.splat(0xed5ad4bb));
  hash = v128.xor(hash, i32x4.shr_u(hash, 11));
  hash = i32x4.mul(hash, i32x4.splat(0xac4c1b51));
  hash = v128.xor(hash, i32x4.shr_u(hash, 15));
  hash = i32x4.mul(hash, i32x4.splat(0x31848bab));
  return v128.xor(hash, i32x4.shr_u(hash, 14));
}
