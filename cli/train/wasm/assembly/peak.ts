// What the processor could do at best: the benchmarks compare kernels with it.
import { madd } from "./simd";

/** Ten chains of `rounds` multiply-adds from registers alone: 80 operations a round. */
export function multiplyAddPeak(rounds: i32, x: usize): void {
  const factor = v128.load(x);
  let a0 = factor;
  let a1 = factor;
  let a2 = factor;
  let a3 = factor;
  let a4 = factor;
  let a5 = factor;
  let a6 = factor;
  let a7 = factor;
  let a8 = factor;
  let a9 = factor;
  for (let round = 0; round < rounds; round++) {
    a0 = madd(a0, factor, factor);
    a1 = madd(a1, factor, factor);
    a2 = madd(a2, factor, factor);
    a3 = madd(a3, factor, factor);
    a4 = madd(a4, factor, factor);
    a5 = madd(a5, factor, factor);
    a6 = madd(a6, factor, factor);
    a7 = madd(a7, factor, factor);
    a8 = madd(a8, factor, factor);
    a9 = madd(a9, factor, factor);
  }
  const low = f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3));
  const middle = f32x4.add(f32x4.add(a4, a5), f32x4.add(a6, a7));
  v128.store(x, f32x4.add(f32x4.add(low, middle), f32x4.add(a8, a9)));
}
