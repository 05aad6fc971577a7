// Linear maps and maxima over entries that a table names: row i has the entries starts[i] to starts[i + 1] - 1, entry j is the
// `width` floats at float offset offsets[j].
import { bytes, madd } from "./simd";

/** The entry as an address, element `c` (bytes) of it. */
@inline
function entry(x: usize, offsets: usize, j: i32, c: usize): usize {
  return x + bytes(load<i32>(offsets + bytes(j))) + c;
}

@inline
function weightOf(weights: usize, j: i32): f32 {
  return weights ? load<f32>(weights + bytes(j)) : 1;
}

export function sparse(
  rows: i32,
  width: i32,
  x: usize,
  starts: usize,
  offsets: usize,
  weights: usize,
  y: usize,
  accumulate: i32,
): void {
  const length = bytes(width);
  for (let row = 0; row < rows; row++) {
    const first = load<i32>(starts + bytes(row));
    const last = load<i32>(starts + bytes(row + 1));
    let c: usize = 0;
    for (; c + 16 <= length; c += 16) {
      let sum = accumulate ? v128.load(y + c) : f32x4.splat(0);
      for (let j = first; j < last; j++) {
        sum = madd(f32x4.splat(weightOf(weights, j)), v128.load(entry(x, offsets, j, c)), sum);
      }
      v128.store(y + c, sum);
    }
    for (; c < length; c += 4) {
      let sum: f32 = accumulate ? load<f32>(y + c) : 0;
      for (let j = first; j < last; j++) sum += weightOf(weights, j) * load<f32>(entry(x, offsets, j, c));
      store<f32>(y + c, sum);
    }
    y += length;
  }
}

export function sparseGrad(
  rows: i32,
  width: i32,
  dy: usize,
  starts: usize,
  offsets: usize,
  weights: usize,
  dx: usize,
): void {
  const length = bytes(width);
  for (let row = 0; row < rows; row++) {
    const first = load<i32>(starts + bytes(row));
    const last = load<i32>(starts + bytes(row + 1));
    let c: usize = 0;
    for (; c + 16 <= length; c += 16) {
      const d = v128.load(dy + c);
      for (let j = first; j < last; j++) {
        const to = entry(dx, offsets, j, c);
        v128.store(to, madd(f32x4.splat(weightOf(weights, j)), d, v128.load(to)));
      }
    }
    for (; c < length; c += 4) {
      const d = load<f32>(dy + c);
      for (let j = first; j < last; j++) {
        const to = entry(dx, offsets, j, c);
        store<f32>(to, load<f32>(to) + weightOf(weights, j) * d);
      }
    }
    dy += length;
  }
}

export function sparseMax(
  rows: i32,
  width: i32,
  x: usize,
  starts: usize,
  offsets: usize,
  y: usize,
  argmax: usize,
): void {
  const length = bytes(width);
  let to: usize = 0;
  for (let row = 0; row < rows; row++) {
    const first = load<i32>(starts + bytes(row));
    const last = load<i32>(starts + bytes(row + 1));
    let c: usize = 0;
    for (; c + 16 <= length; c += 16) maxOfFour(first, last, x, offsets, c, y + to + c, argmax, to + c);
    for (; c < length; c += 4) maxOfOne(first, last, x, offsets, c, y + to + c, argmax, to + c);
    to += length;
  }
}

/** A later entry wins when it is larger or a NaN. */
@inline
function maxOfFour(
  first: i32,
  last: i32,
  x: usize,
  offsets: usize,
  c: usize,
  y: usize,
  argmax: usize,
  index: usize,
): void {
  let best = v128.load(entry(x, offsets, first, c));
  let place = v128.load32_splat(offsets + bytes(first));
  for (let j = first + 1; j < last; j++) {
    const v = v128.load(entry(x, offsets, j, c));
    const wins = v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
    best = v128.bitselect(v, best, wins);
    place = v128.bitselect(v128.load32_splat(offsets + bytes(j)), place, wins);
  }
  v128.store(y, best);
  if (argmax) v128.store(argmax + index, i32x4.add(place, i32x4.add(i32x4.splat(i32(c >> 2)), i32x4(0, 1, 2, 3))));
}

@inline
function maxOfOne(
  first: i32,
  last: i32,
  x: usize,
  offsets: usize,
  c: usize,
  y: usize,
  argmax: usize,
  index: usize,
): void {
  let best = load<f32>(entry(x, offsets, first, c));
  let place = load<i32>(offsets + bytes(first));
  for (let j = first + 1; j < last; j++) {
    const v = load<f32>(entry(x, offsets, j, c));
    if (v > best || v != v) {
      best = v;
      place = load<i32>(offsets + bytes(j));
    }
  }
  store<f32>(y, best);
  if (argmax) store<i32>(argmax + index, place + i32(c >> 2));
}

export function sparseMaxGrad(n: i32, dy: usize, argmax: usize, dx: usize): void {
  for (let i = 0; i < n; i++) {
    const to = dx + bytes(load<i32>(argmax + bytes(i)));
    store<f32>(to, load<f32>(to) + load<f32>(dy + bytes(i)));
  }
}
