// Copies between layouts: rows with strides, and transposition.
import { bytes } from "./simd";

/** Rows of more bytes than this are worth the call that a memory copy is. */
const longRow: usize = 1024;

export function copyRows(rows: i32, width: i32, x: usize, ldx: i32, y: usize, ldy: i32): void {
  const length = bytes(width);
  for (let row = 0; row < rows; row++) {
    if (length > longRow) memory.copy(y, x, length);
    else copyShort(x, y, length);
    x += bytes(ldx);
    y += bytes(ldy);
  }
}

@inline
function copyShort(x: usize, y: usize, length: usize): void {
  let i: usize = 0;
  for (; i + 16 <= length; i += 16) v128.store(y + i, v128.load(x + i));
  for (; i < length; i += 4) store<f32>(y + i, load<f32>(x + i));
}

export function addRows(rows: i32, width: i32, x: usize, ldx: i32, y: usize, ldy: i32): void {
  const length = bytes(width);
  for (let row = 0; row < rows; row++) {
    let i: usize = 0;
    for (; i + 16 <= length; i += 16) v128.store(y + i, f32x4.add(v128.load(y + i), v128.load(x + i)));
    for (; i < length; i += 4) store<f32>(y + i, load<f32>(y + i) + load<f32>(x + i));
    x += bytes(ldx);
    y += bytes(ldy);
  }
}

export function fillRows(rows: i32, width: i32, value: f32, y: usize, ldy: i32): void {
  const length = bytes(width);
  const values = f32x4.splat(value);
  for (let row = 0; row < rows; row++) {
    let i: usize = 0;
    for (; i + 16 <= length; i += 16) v128.store(y + i, values);
    for (; i < length; i += 4) store<f32>(y + i, value);
    y += bytes(ldy);
  }
}

export function clearPadding(rows: i32, channels: i32, paddedChannels: i32, y: usize): void {
  fillRows(rows, paddedChannels - channels, 0, y + bytes(channels), paddedChannels);
}

/** In blocks of 4 by 4, and element by element at the edges. Pairs side by side, such as I and Q, have a way of their own. */
export function transpose(rows: i32, columns: i32, x: usize, ldx: i32, y: usize, ldy: i32): void {
  const wholeRows = rows & ~3;
  if (columns == 2 && ldx == 2) {
    transposePairs(wholeRows, x, y, y + bytes(ldy));
    transposeSingly(wholeRows, rows, 0, 2, x, ldx, y, ldy);
    return;
  }
  const wholeColumns = columns & ~3;
  for (let row = 0; row < wholeRows; row += 4) {
    for (let column = 0; column < wholeColumns; column += 4) {
      const from = x + <usize>row * bytes(ldx) + bytes(column);
      transposeBlock(from, bytes(ldx), y + <usize>column * bytes(ldy) + bytes(row), bytes(ldy));
    }
  }
  transposeSingly(0, wholeRows, wholeColumns, columns, x, ldx, y, ldy);
  transposeSingly(wholeRows, rows, 0, columns, x, ldx, y, ldy);
}

/** `rows` is a multiple of 4. */
function transposePairs(rows: i32, x: usize, first: usize, second: usize): void {
  for (let row = 0; row < rows; row += 4) {
    const low = v128.load(x);
    const high = v128.load(x + 16);
    v128.store(first, v128.shuffle<f32>(low, high, 0, 2, 4, 6));
    v128.store(second, v128.shuffle<f32>(low, high, 1, 3, 5, 7));
    x += 32;
    first += 16;
    second += 16;
  }
}

@inline
function transposeBlock(x: usize, xStep: usize, y: usize, yStep: usize): void {
  const r0 = v128.load(x);
  const r1 = v128.load(x + xStep);
  const r2 = v128.load(x + 2 * xStep);
  const r3 = v128.load(x + 3 * xStep);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<f64>(low01, low23, 0, 2));
  v128.store(y + yStep, v128.shuffle<f64>(low01, low23, 1, 3));
  v128.store(y + 2 * yStep, v128.shuffle<f64>(high01, high23, 0, 2));
  v128.store(y + 3 * yStep, v128.shuffle<f64>(high01, high23, 1, 3));
}

function transposeSingly(
  firstRow: i32,
  lastRow: i32,
  firstColumn: i32,
  lastColumn: i32,
  x: usize,
  ldx: i32,
  y: usize,
  ldy: i32,
): void {
  for (let row = firstRow; row < lastRow; row++) {
    let from = x + <usize>row * bytes(ldx) + bytes(firstColumn);
    let to = y + <usize>firstColumn * bytes(ldy) + bytes(row);
    for (let column = firstColumn; column < lastColumn; column++) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += bytes(ldy);
    }
  }
}
