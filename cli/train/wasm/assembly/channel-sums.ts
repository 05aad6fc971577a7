// Sums per channel: float32 within a block of rows, float64 above.
import { addDoubles, blockOf, bytes, madd, touch, wideRow } from "./simd";

export function channelSums(rows: i32, channels: i32, x: usize, shift: usize, sums: usize): void {
  const width = bytes(channels);
  const block = blockOf(channels);
  for (let row = 0; row < rows; row += block) {
    const n = min(block, rows - row);
    if (width > wideRow) touch(x, <usize>n * width);
    for (let c: usize = 0; c < width; c += 16) {
      const shifts = v128.load(shift + c);
      let s = f32x4.splat(0);
      let q = s;
      let s1 = s;
      let q1 = s;
      let p = x + c;
      for (let t = n >> 1; t > 0; t--) {
        const v = f32x4.sub(v128.load(p), shifts);
        s = f32x4.add(s, v);
        q = madd(v, v, q);
        const u = f32x4.sub(v128.load(p + width), shifts);
        s1 = f32x4.add(s1, u);
        q1 = madd(u, u, q1);
        p += width << 1;
      }
      if (n & 1) {
        const v = f32x4.sub(v128.load(p), shifts);
        s = f32x4.add(s, v);
        q = madd(v, v, q);
      }
      addDoubles(sums + (c << 1), f32x4.add(s, s1));
      addDoubles(sums + (width << 1) + (c << 1), f32x4.add(q, q1));
    }
    x += <usize>n * width;
  }
}

export function channelDots(rows: i32, channels: i32, x: usize, d: usize, sums: usize): void {
  const width = bytes(channels);
  const block = blockOf(channels);
  for (let row = 0; row < rows; row += block) {
    const n = min(block, rows - row);
    if (width > wideRow) touch(x, <usize>n * width);
    for (let c: usize = 0; c < width; c += 16) {
      let s = f32x4.splat(0);
      let xp = x + c;
      let dp = d + c;
      for (let t = 0; t < n; t++) {
        s = madd(v128.load(xp), v128.load(dp), s);
        xp += width;
        dp += width;
      }
      addDoubles(sums + (c << 1), s);
    }
    x += <usize>n * width;
    d += <usize>n * width;
  }
}
