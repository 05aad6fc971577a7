// dw[inner, outer] += transpose(x[rows, inner]) d[rows, outer].
import { bytes, madd } from "./simd";

/** Rows whose x and d stay in the first-level cache while all of `dw` is updated; also how many products one float32 sum has. */
const blockRows: i32 = 64;

export function gemmGradWeight(
  rows: i32,
  inner: i32,
  outer: i32,
  x: usize,
  ldx: i32,
  d: usize,
  ldd: i32,
  dw: usize,
  ldw: i32,
): void {
  const xBytes = bytes(ldx);
  const dBytes = bytes(ldd);
  const wBytes = bytes(ldw);
  const wide = outer & ~7;
  for (let row = 0; row < rows; row += blockRows) {
    const n = min(blockRows, rows - row);
    const xBlock = x + <usize>row * xBytes;
    const dBlock = d + <usize>row * dBytes;
    let i = 0;
    for (; i + 4 <= inner; i += 4) {
      const xColumn = xBlock + bytes(i);
      const wRow = dw + <usize>i * wBytes;
      for (let o = 0; o < wide; o += 8) {
        tile4x8(n, xColumn, xBytes, dBlock + bytes(o), dBytes, wRow + bytes(o), wBytes);
      }
      if (wide < outer) tile4x4(n, xColumn, xBytes, dBlock + bytes(wide), dBytes, wRow + bytes(wide), wBytes);
    }
    for (; i < inner; i++) {
      const wRow = dw + <usize>i * wBytes;
      for (let o = 0; o < outer; o += 4) {
        tile1x4(n, xBlock + bytes(i), xBytes, dBlock + bytes(o), dBytes, wRow + bytes(o));
      }
    }
  }
}

@inline
function tile4x8(n: i32, x: usize, xBytes: usize, d: usize, dBytes: usize, w: usize, wBytes: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  for (let row = 0; row < n; row++) {
    const da = v128.load(d);
    const db = v128.load(d, 16);
    const v0 = v128.load32_splat(x);
    a0 = madd(v0, da, a0);
    b0 = madd(v0, db, b0);
    const v1 = v128.load32_splat(x, 4);
    a1 = madd(v1, da, a1);
    b1 = madd(v1, db, b1);
    const v2 = v128.load32_splat(x, 8);
    a2 = madd(v2, da, a2);
    b2 = madd(v2, db, b2);
    const v3 = v128.load32_splat(x, 12);
    a3 = madd(v3, da, a3);
    b3 = madd(v3, db, b3);
    x += xBytes;
    d += dBytes;
  }
  add(w, a0);
  add(w + 16, b0);
  w += wBytes;
  add(w, a1);
  add(w + 16, b1);
  w += wBytes;
  add(w, a2);
  add(w + 16, b2);
  w += wBytes;
  add(w, a3);
  add(w + 16, b3);
}

function tile4x4(n: i32, x: usize, xBytes: usize, d: usize, dBytes: usize, w: usize, wBytes: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (let row = 0; row < n; row++) {
    const da = v128.load(d);
    a0 = madd(v128.load32_splat(x), da, a0);
    a1 = madd(v128.load32_splat(x, 4), da, a1);
    a2 = madd(v128.load32_splat(x, 8), da, a2);
    a3 = madd(v128.load32_splat(x, 12), da, a3);
    x += xBytes;
    d += dBytes;
  }
  add(w, a0);
  w += wBytes;
  add(w, a1);
  w += wBytes;
  add(w, a2);
  w += wBytes;
  add(w, a3);
}

function tile1x4(n: i32, x: usize, xBytes: usize, d: usize, dBytes: usize, w: usize): void {
  let a = f32x4.splat(0);
  for (let row = 0; row < n; row++) {
    a = madd(v128.load32_splat(x), v128.load(d), a);
    x += xBytes;
    d += dBytes;
  }
  add(w, a);
}

@inline
function add(w: usize, v: v128): void {
  v128.store(w, f32x4.add(v128.load(w), v));
}
