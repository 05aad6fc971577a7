// Arithmetic on n contiguous floats, four at a time and the last ones singly.
import { bytes } from "./simd";

export function fill(n: i32, value: f32, y: usize): void {
  if (reinterpret<i32>(value) == 0) {
    memory.fill(y, 0, bytes(n));
    return;
  }
  const values = f32x4.splat(value);
  let left = n;
  for (; left >= 4; left -= 4) {
    v128.store(y, values);
    y += 16;
  }
  for (; left > 0; left--) {
    store<f32>(y, value);
    y += 4;
  }
}

export function add(n: i32, x1: usize, x2: usize, y: usize): void {
  let left = n;
  for (; left >= 4; left -= 4) {
    v128.store(y, f32x4.add(v128.load(x1), v128.load(x2)));
    x1 += 16;
    x2 += 16;
    y += 16;
  }
  for (; left > 0; left--) {
    store<f32>(y, load<f32>(x1) + load<f32>(x2));
    x1 += 4;
    x2 += 4;
    y += 4;
  }
}

export function mul(n: i32, x1: usize, x2: usize, y: usize, accumulate: i32): void {
  let left = n;
  for (; left >= 4; left -= 4) {
    const product = f32x4.mul(v128.load(x1), v128.load(x2));
    v128.store(y, accumulate ? f32x4.add(v128.load(y), product) : product);
    x1 += 16;
    x2 += 16;
    y += 16;
  }
  for (; left > 0; left--) {
    const product = load<f32>(x1) * load<f32>(x2);
    store<f32>(y, accumulate ? load<f32>(y) + product : product);
    x1 += 4;
    x2 += 4;
    y += 4;
  }
}

export function sumSlots(n: i32, slots: i32, x: usize, stride: i32, y: usize): void {
  let left = n;
  for (; left >= 4; left -= 4) {
    let sum = v128.load(x);
    for (let slot = 1; slot < slots; slot++) sum = f32x4.add(sum, v128.load(x + <usize>slot * bytes(stride)));
    v128.store(y, sum);
    x += 16;
    y += 16;
  }
  for (; left > 0; left--) {
    let sum = load<f32>(x);
    for (let slot = 1; slot < slots; slot++) sum += load<f32>(x + <usize>slot * bytes(stride));
    store<f32>(y, sum);
    x += 4;
    y += 4;
  }
}
