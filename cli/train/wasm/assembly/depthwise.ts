// y[t] (+)= sum over r, k of x[t * rowStep + r * tapRowStep + k * tapStep] * w[r * weightRowStep + k * weightStep], per channel.
import { bytes, madd } from "./simd";

/** Positions of a tile: as many sums hide the latency of a multiply-add. */
const tileRows: i32 = 8;

export function depthwise(
  rows: i32,
  channels: i32,
  tapRows: i32,
  taps: i32,
  x: usize,
  rowStep: i32,
  tapRowStep: i32,
  tapStep: i32,
  w: usize,
  weightRowStep: i32,
  weightStep: i32,
  y: usize,
  ldy: i32,
  accumulate: i32,
): void {
  if (tapStep < 0) {
    x += bytes(tapStep * (taps - 1));
    w += bytes(weightStep * (taps - 1));
    tapStep = -tapStep;
    weightStep = -weightStep;
  }
  const width = bytes(channels);
  const xStep = bytes(rowStep);
  const xRow = bytes(tapRowStep);
  const xTap = bytes(tapStep);
  const wRow = bytes(weightRowStep);
  const wTap = bytes(weightStep);
  const yStep = bytes(ldy);
  if (rows < tileRows) {
    for (let row = 0; row < rows; row++) {
      singleRow(width, tapRows, taps, x, xRow, xTap, w, wRow, wTap, y, accumulate);
      x += xStep;
      y += yStep;
    }
  } else if (rowStep == tapStep && tapRows == 1) {
    tiles(true, true, rows, width, 1, taps, x, xStep, 0, xTap, w, 0, wTap, y, yStep, accumulate);
  } else if (rowStep == tapStep) {
    tiles(true, false, rows, width, tapRows, taps, x, xStep, xRow, xTap, w, wRow, wTap, y, yStep, accumulate);
  } else if (tapRows == 1) {
    tiles(false, true, rows, width, 1, taps, x, xStep, 0, xTap, w, 0, wTap, y, yStep, accumulate);
  } else {
    tiles(false, false, rows, width, tapRows, taps, x, xStep, xRow, xTap, w, wRow, wTap, y, yStep, accumulate);
  }
}

/** `isDense` and `isLine` are constants, see `tile`. */
@inline
function tiles(
  isDense: bool,
  isLine: bool,
  rows: i32,
  width: usize,
  tapRows: i32,
  taps: i32,
  x: usize,
  xStep: usize,
  xRow: usize,
  xTap: usize,
  w: usize,
  wRow: usize,
  wTap: usize,
  y: usize,
  yStep: usize,
  accumulate: i32,
): void {
  for (let row = 0; row < rows; row += tileRows) {
    // The last tile begins early enough to be a whole one, and leaves alone the rows that are done.
    const first = min(row, rows - tileRows);
    const xTile = x + <usize>first * xStep;
    const yTile = y + <usize>first * yStep;
    const done = row - first;
    for (let c: usize = 0; c < width; c += 16) {
      const wTile = w + c;
      const to = yTile + c;
      tile(isDense, isLine, tapRows, taps, xTile + c, xStep, xRow, xTap, wTile, wRow, wTap, to, yStep, done, accumulate);
    }
  }
}

/**
 * 8 positions, 4 channels; the first `done` positions are not written. `isLine`: there is one tap row. `isDense`: neighbouring
 * taps read neighbouring positions (`xStep` = `xTap`), so that two taps at a time share the rows that they load.
 *
 * V8 moves all loads of a basic block before its arithmetic and has 15 vector registers. 8 sums leave room for the loads of
 * half a tile, so branches that are never taken divide the two halves.
 */
@inline
function tile(
  isDense: bool,
  isLine: bool,
  tapRows: i32,
  taps: i32,
  x: usize,
  xStep: usize,
  xRow: usize,
  xTap: usize,
  w: usize,
  wRow: usize,
  wTap: usize,
  y: usize,
  yStep: usize,
  done: i32,
  accumulate: i32,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let a4 = a0;
  let a5 = a0;
  let a6 = a0;
  let a7 = a0;
  for (let r = 0; r < tapRows; r++) {
    let xk = x;
    let wk = w;
    let left = taps;
    if (isDense) {
      for (; left >= 2; left -= 2) {
        const w0 = v128.load(wk);
        const w1 = v128.load(wk + wTap);
        let p = xk;
        const x0 = v128.load(p);
        p += xStep;
        const x1 = v128.load(p);
        p += xStep;
        const x2 = v128.load(p);
        p += xStep;
        const x3 = v128.load(p);
        p += xStep;
        const x4 = v128.load(p);
        a0 = madd(w1, x1, madd(w0, x0, a0));
        a1 = madd(w1, x2, madd(w0, x1, a1));
        a2 = madd(w1, x3, madd(w0, x2, a2));
        a3 = madd(w1, x4, madd(w0, x3, a3));
        if (left < 0) break;
        const x4again = v128.load(p);
        p += xStep;
        const x5 = v128.load(p);
        p += xStep;
        const x6 = v128.load(p);
        p += xStep;
        const x7 = v128.load(p);
        p += xStep;
        const x8 = v128.load(p);
        a4 = madd(w1, x5, madd(w0, x4again, a4));
        a5 = madd(w1, x6, madd(w0, x5, a5));
        a6 = madd(w1, x7, madd(w0, x6, a6));
        a7 = madd(w1, x8, madd(w0, x7, a7));
        xk += xTap << 1;
        wk += wTap << 1;
      }
    }
    for (; left > 0; left--) {
      const w0 = v128.load(wk);
      let p = xk;
      a0 = madd(w0, v128.load(p), a0);
      p += xStep;
      a1 = madd(w0, v128.load(p), a1);
      p += xStep;
      a2 = madd(w0, v128.load(p), a2);
      p += xStep;
      a3 = madd(w0, v128.load(p), a3);
      p += xStep;
      if (left < 0) break;
      a4 = madd(w0, v128.load(p), a4);
      p += xStep;
      a5 = madd(w0, v128.load(p), a5);
      p += xStep;
      a6 = madd(w0, v128.load(p), a6);
      p += xStep;
      a7 = madd(w0, v128.load(p), a7);
      xk += xTap;
      wk += wTap;
    }
    if (isLine) break;
    x += xRow;
    w += wRow;
  }
  storeTile(y, yStep, a0, a1, a2, a3, a4, a5, a6, a7, done, accumulate);
}

@inline
function storeTile(
  y: usize,
  yStep: usize,
  a0: v128,
  a1: v128,
  a2: v128,
  a3: v128,
  a4: v128,
  a5: v128,
  a6: v128,
  a7: v128,
  done: i32,
  accumulate: i32,
): void {
  if (done == 0 && accumulate == 0) {
    v128.store(y, a0);
    y += yStep;
    v128.store(y, a1);
    y += yStep;
    v128.store(y, a2);
    y += yStep;
    v128.store(y, a3);
    y += yStep;
    v128.store(y, a4);
    y += yStep;
    v128.store(y, a5);
    y += yStep;
    v128.store(y, a6);
    y += yStep;
    v128.store(y, a7);
    return;
  }
  if (done == 0) store(y, a0, accumulate);
  y += yStep;
  if (done <= 1) store(y, a1, accumulate);
  y += yStep;
  if (done <= 2) store(y, a2, accumulate);
  y += yStep;
  if (done <= 3) store(y, a3, accumulate);
  y += yStep;
  if (done <= 4) store(y, a4, accumulate);
  y += yStep;
  if (done <= 5) store(y, a5, accumulate);
  y += yStep;
  if (done <= 6) store(y, a6, accumulate);
  y += yStep;
  store(y, a7, accumulate);
}

@inline
function store(y: usize, a: v128, accumulate: i32): void {
  v128.store(y, accumulate ? f32x4.add(v128.load(y), a) : a);
}

/** One position, for short outputs. */
function singleRow(
  width: usize,
  tapRows: i32,
  taps: i32,
  x: usize,
  xRow: usize,
  xTap: usize,
  w: usize,
  wRow: usize,
  wTap: usize,
  y: usize,
  accumulate: i32,
): void {
  let c: usize = 0;
  for (; c + 64 <= width; c += 64) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let r = 0; r < tapRows; r++) {
      let xk = x + c + <usize>r * xRow;
      let wk = w + c + <usize>r * wRow;
      for (let k = 0; k < taps; k++) {
        a0 = madd(v128.load(wk), v128.load(xk), a0);
        a1 = madd(v128.load(wk, 16), v128.load(xk, 16), a1);
        a2 = madd(v128.load(wk, 32), v128.load(xk, 32), a2);
        a3 = madd(v128.load(wk, 48), v128.load(xk, 48), a3);
        xk += xTap;
        wk += wTap;
      }
    }
    store(y + c, a0, accumulate);
    store(y + c + 16, a1, accumulate);
    store(y + c + 32, a2, accumulate);
    store(y + c + 48, a3, accumulate);
  }
  for (; c < width; c += 16) {
    let a = f32x4.splat(0);
    for (let r = 0; r < tapRows; r++) {
      let xk = x + c + <usize>r * xRow;
      let wk = w + c + <usize>r * wRow;
      for (let k = 0; k < taps; k++) {
        a = madd(v128.load(wk), v128.load(xk), a);
        xk += xTap;
        wk += wTap;
      }
    }
    store(y + c, a, accumulate);
  }
}
