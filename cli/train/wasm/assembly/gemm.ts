// y[rows, outer] (+)= x[rows, inner] w[inner, outer].
//
// V8 computes all loads of a basic block before it uses them and has 15 vector registers: a tile of 4 rows and 8 columns
// (8 sums, 2 weights, 4 broadcast elements of x) is the largest that does not spill, and V8 unrolls its loop itself.
import { bytes, madd } from "./simd";

export function gemm(
  rows: i32,
  inner: i32,
  outer: i32,
  x: usize,
  ldx: i32,
  w: usize,
  ldw: i32,
  y: usize,
  ldy: i32,
  accumulate: i32,
): void {
  const xBytes = bytes(ldx);
  const wBytes = bytes(ldw);
  const yBytes = bytes(ldy);
  const wide = outer & ~7;
  if (rows < 4) {
    for (let row = 0; row < rows; row++) {
      const yRow = y + <usize>row * yBytes;
      singleRow(inner, outer, x + <usize>row * xBytes, w, wBytes, yRow, accumulate);
    }
    return;
  }
  for (let row = 0; row < rows; row += 4) {
    // The last tile begins early enough to be a whole one, and leaves alone the rows that are done.
    const first = min(row, rows - 4);
    const done = row - first;
    const xTile = x + <usize>first * xBytes;
    const yTile = y + <usize>first * yBytes;
    for (let column = 0; column < wide; column += 8) {
      tile8(inner, xTile, xBytes, w + bytes(column), wBytes, yTile + bytes(column), yBytes, done, accumulate);
    }
    if (wide < outer) {
      tile4(inner, xTile, xBytes, w + bytes(wide), wBytes, yTile + bytes(wide), yBytes, done, accumulate);
    }
  }
}

/** 4 rows, 8 columns; the first `done` rows are not written. */
@inline
function tile8(
  inner: i32,
  x: usize,
  xBytes: usize,
  w: usize,
  wBytes: usize,
  y: usize,
  yBytes: usize,
  done: i32,
  accumulate: i32,
): void {
  let x0 = x;
  let x1 = x0 + xBytes;
  let x2 = x1 + xBytes;
  let x3 = x2 + xBytes;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  for (let i = 0; i < inner; i++) {
    const wa = v128.load(w);
    const wb = v128.load(w, 16);
    const v0 = v128.load32_splat(x0);
    a0 = madd(v0, wa, a0);
    b0 = madd(v0, wb, b0);
    const v1 = v128.load32_splat(x1);
    a1 = madd(v1, wa, a1);
    b1 = madd(v1, wb, b1);
    const v2 = v128.load32_splat(x2);
    a2 = madd(v2, wa, a2);
    b2 = madd(v2, wb, b2);
    const v3 = v128.load32_splat(x3);
    a3 = madd(v3, wa, a3);
    b3 = madd(v3, wb, b3);
    w += wBytes;
    x0 += 4;
    x1 += 4;
    x2 += 4;
    x3 += 4;
  }
  if (done == 0) store8(y, a0, b0, accumulate);
  y += yBytes;
  if (done <= 1) store8(y, a1, b1, accumulate);
  y += yBytes;
  if (done <= 2) store8(y, a2, b2, accumulate);
  y += yBytes;
  store8(y, a3, b3, accumulate);
}

@inline
function store8(y: usize, a: v128, b: v128, accumulate: i32): void {
  if (accumulate) {
    v128.store(y, f32x4.add(v128.load(y), a));
    v128.store(y, f32x4.add(v128.load(y, 16), b), 16);
  } else {
    v128.store(y, a);
    v128.store(y, b, 16);
  }
}

/** 4 rows, 4 columns, for what is left of the columns. */
function tile4(
  inner: i32,
  x: usize,
  xBytes: usize,
  w: usize,
  wBytes: usize,
  y: usize,
  yBytes: usize,
  done: i32,
  accumulate: i32,
): void {
  let x0 = x;
  let x1 = x0 + xBytes;
  let x2 = x1 + xBytes;
  let x3 = x2 + xBytes;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (let i = 0; i < inner; i++) {
    const wa = v128.load(w);
    a0 = madd(v128.load32_splat(x0), wa, a0);
    a1 = madd(v128.load32_splat(x1), wa, a1);
    a2 = madd(v128.load32_splat(x2), wa, a2);
    a3 = madd(v128.load32_splat(x3), wa, a3);
    w += wBytes;
    x0 += 4;
    x1 += 4;
    x2 += 4;
    x3 += 4;
  }
  if (done == 0) store4(y, a0, accumulate);
  y += yBytes;
  if (done <= 1) store4(y, a1, accumulate);
  y += yBytes;
  if (done <= 2) store4(y, a2, accumulate);
  y += yBytes;
  store4(y, a3, accumulate);
}

@inline
function store4(y: usize, a: v128, accumulate: i32): void {
  v128.store(y, accumulate ? f32x4.add(v128.load(y), a) : a);
}

/** One row: its sums over 16 columns at a time, then over 4. */
function singleRow(
  inner: i32,
  outer: i32,
  x: usize,
  w: usize,
  wBytes: usize,
  y: usize,
  accumulate: i32,
): void {
  let column = 0;
  for (; column + 16 <= outer; column += 16) {
    let wRow = w + bytes(column);
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let i = 0; i < inner; i++) {
      const v = v128.load32_splat(x + bytes(i));
      a0 = madd(v, v128.load(wRow), a0);
      a1 = madd(v, v128.load(wRow, 16), a1);
      a2 = madd(v, v128.load(wRow, 32), a2);
      a3 = madd(v, v128.load(wRow, 48), a3);
      wRow += wBytes;
    }
    store8(y + bytes(column), a0, a1, accumulate);
    store8(y + bytes(column + 8), a2, a3, accumulate);
  }
  for (; column < outer; column += 4) {
    let wRow = w + bytes(column);
    let a = f32x4.splat(0);
    for (let i = 0; i < inner; i++) {
      a = madd(v128.load32_splat(x + bytes(i)), v128.load(wRow), a);
      wRow += wBytes;
    }
    store4(y + bytes(column), a, accumulate);
  }
}
