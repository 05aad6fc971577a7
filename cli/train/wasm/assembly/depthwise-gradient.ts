// dw[r][k] += sum over t of x[t * rowStep + r * tapRowStep + k * tapStep] * d[t], per channel; dw is (tapRows, taps, channels).
//
// With stride S, the taps that leave the same remainder after division by S (a phase) meet rows that are `rowStep` apart: a
// tile has 1 to 8 neighbouring taps of a phase as its sums, walks over a block of positions and uses each row for several.
import { bytes, madd } from "./simd";

/** Positions whose x and d stay in the first-level cache; also how many products one float32 sum has. A multiple of 4. */
const blockRows: i32 = 64;

export function depthwiseGradWeight(
  rows: i32,
  channels: i32,
  tapRows: i32,
  taps: i32,
  x: usize,
  rowStep: i32,
  tapRowStep: i32,
  tapStep: i32,
  d: usize,
  ldd: i32,
  dw: usize,
): void {
  const xBytes = bytes(rowStep);
  const dBytes = bytes(ldd);
  const xTap = bytes(tapStep);
  const width = bytes(channels);
  const phases = rowStep % tapStep == 0 ? rowStep / tapStep : 0;
  for (let row = 0; row < rows; row += blockRows) {
    const n = min(blockRows, rows - row);
    // Tiles take four positions at a time and phases; what they cannot take goes one position at a time.
    const inTiles = phases > 0 ? n & ~3 : 0;
    for (let r = 0; r < tapRows; r++) {
      const xBlock = x + <usize>row * xBytes + <usize>r * bytes(tapRowStep);
      const dBlock = d + <usize>row * dBytes;
      const wBlock = dw + <usize>(r * taps) * width;
      if (inTiles) inPhases(inTiles, width, taps, phases, xBlock, xBytes, xTap, dBlock, dBytes, wBlock);
      for (let t = inTiles; t < n; t++) {
        singlePosition(width, taps, xBlock + <usize>t * xBytes, xTap, dBlock + <usize>t * dBytes, wBlock);
      }
    }
  }
}

/** Divides the taps of every phase into tiles of at most 8 that differ by at most one tap. */
@inline
function inPhases(
  n: i32,
  width: usize,
  taps: i32,
  phases: i32,
  x: usize,
  xStep: usize,
  xTap: usize,
  d: usize,
  dBytes: usize,
  w: usize,
): void {
  const wStep = width * <usize>phases;
  for (let phase = 0; phase < min(phases, taps); phase++) {
    let tap = phase;
    let left = (taps - phase + phases - 1) / phases;
    while (left > 0) {
      const tiles = (left + 7) >> 3;
      const size = (left + tiles - 1) / tiles;
      const xTile = x + <usize>tap * xTap;
      const wTile = w + <usize>tap * width;
      for (let c: usize = 0; c < width; c += 16) {
        tileOf(size, n, xTile + c, xStep, d + c, dBytes, wTile + c, wStep);
      }
      tap += size * phases;
      left -= size;
    }
  }
}

@inline
function tileOf(size: i32, n: i32, x: usize, xStep: usize, d: usize, dBytes: usize, w: usize, wStep: usize): void {
  if (size == 8) manyTaps(8, n, x, xStep, d, dBytes, w, wStep);
  else if (size == 7) manyTaps(7, n, x, xStep, d, dBytes, w, wStep);
  else if (size == 6) manyTaps(6, n, x, xStep, d, dBytes, w, wStep);
  else if (size == 5) manyTaps(5, n, x, xStep, d, dBytes, w, wStep);
  else if (size == 4) fewTaps(4, n, x, xStep, d, dBytes, w, wStep);
  else if (size == 3) fewTaps(3, n, x, xStep, d, dBytes, w, wStep);
  else if (size == 2) fewTaps(2, n, x, xStep, d, dBytes, w, wStep);
  else fewTaps(1, n, x, xStep, d, dBytes, w, wStep);
}

/**
 * 5 to 8 taps (a constant: the compiler drops the other taps), two positions at a time. The branch that is never taken keeps
 * the loads of the second half from moving before the first, see depthwise.ts.
 */
@inline
function manyTaps(taps: i32, n: i32, x: usize, xStep: usize, d: usize, dBytes: usize, w: usize, wStep: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let a4 = a0;
  let a5 = a0;
  let a6 = a0;
  let a7 = a0;
  for (let left = n; left > 0; left -= 2) {
    const d0 = v128.load(d);
    const d1 = v128.load(d + dBytes);
    let p = x;
    const x0 = v128.load(p);
    p += xStep;
    const x1 = v128.load(p);
    p += xStep;
    const x2 = v128.load(p);
    p += xStep;
    const x3 = v128.load(p);
    p += xStep;
    const x4 = v128.load(p);
    a0 = madd(d1, x1, madd(d0, x0, a0));
    a1 = madd(d1, x2, madd(d0, x1, a1));
    a2 = madd(d1, x3, madd(d0, x2, a2));
    a3 = madd(d1, x4, madd(d0, x3, a3));
    if (left < 0) break;
    const x4again = v128.load(p);
    p += xStep;
    const x5 = v128.load(p);
    a4 = madd(d1, x5, madd(d0, x4again, a4));
    if (taps > 5) {
      p += xStep;
      const x6 = v128.load(p);
      a5 = madd(d1, x6, madd(d0, x5, a5));
      if (taps > 6) {
        p += xStep;
        const x7 = v128.load(p);
        a6 = madd(d1, x7, madd(d0, x6, a6));
        if (taps > 7) {
          p += xStep;
          a7 = madd(d1, v128.load(p), madd(d0, x7, a7));
        }
      }
    }
    x += xStep << 1;
    d += dBytes << 1;
  }
  w = add(w, a0, wStep);
  w = add(w, a1, wStep);
  w = add(w, a2, wStep);
  w = add(w, a3, wStep);
  w = add(w, a4, wStep);
  if (taps > 5) w = add(w, a5, wStep);
  if (taps > 6) w = add(w, a6, wStep);
  if (taps > 7) add(w, a7, wStep);
}

/** 1 to 4 taps, four positions at a time: two sets of sums hide the latency. */
@inline
function fewTaps(taps: i32, n: i32, x: usize, xStep: usize, d: usize, dBytes: usize, w: usize, wStep: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  for (let left = n; left > 0; left -= 4) {
    const d0 = v128.load(d);
    const d1 = v128.load(d + dBytes);
    let p = x;
    const x0 = v128.load(p);
    p += xStep;
    const x1 = v128.load(p);
    a0 = madd(d1, x1, madd(d0, x0, a0));
    if (taps > 1) {
      const x2 = v128.load(p + xStep);
      a1 = madd(d1, x2, madd(d0, x1, a1));
      if (taps > 2) {
        const x3 = v128.load(p + 2 * xStep);
        a2 = madd(d1, x3, madd(d0, x2, a2));
        if (taps > 3) a3 = madd(d1, v128.load(p + 3 * xStep), madd(d0, x3, a3));
      }
    }
    if (left < 0) break;
    d += dBytes << 1;
    const d2 = v128.load(d);
    const d3 = v128.load(d + dBytes);
    p += xStep;
    const y0 = v128.load(p);
    p += xStep;
    const y1 = v128.load(p);
    b0 = madd(d3, y1, madd(d2, y0, b0));
    if (taps > 1) {
      const y2 = v128.load(p + xStep);
      b1 = madd(d3, y2, madd(d2, y1, b1));
      if (taps > 2) {
        const y3 = v128.load(p + 2 * xStep);
        b2 = madd(d3, y3, madd(d2, y2, b2));
        if (taps > 3) b3 = madd(d3, v128.load(p + 3 * xStep), madd(d2, y3, b3));
      }
    }
    x += xStep << 2;
    d += dBytes << 1;
  }
  w = add(w, f32x4.add(a0, b0), wStep);
  if (taps > 1) w = add(w, f32x4.add(a1, b1), wStep);
  if (taps > 2) w = add(w, f32x4.add(a2, b2), wStep);
  if (taps > 3) add(w, f32x4.add(a3, b3), wStep);
}

/** One position, all taps. */
function singlePosition(width: usize, taps: i32, x: usize, xTap: usize, d: usize, w: usize): void {
  for (let k = 0; k < taps; k++) {
    for (let c: usize = 0; c < width; c += 16) {
      v128.store(w + c, madd(v128.load(d + c), v128.load(x + c), v128.load(w + c)));
    }
    x += xTap;
    w += width;
  }
}

@inline
function add(w: usize, v: v128, wStep: usize): usize {
  v128.store(w, f32x4.add(v128.load(w), v));
  return w + wStep;
}
