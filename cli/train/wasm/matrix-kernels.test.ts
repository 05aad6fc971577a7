import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at, ExactSums, kernelVariants, noise } from "./testing/arena.js";

const variants = await kernelVariants();

const shape = fc.record({
  rows: fc.integer({ min: 1, max: 70 }),
  inner: fc.integer({ min: 1, max: 30 }),
  outer: fc.integer({ min: 1, max: 9 }).map((groups) => groups * 4),
  /** Floats from one row of x to the next, less than a row: overlapping. */
  ldx: fc.integer({ min: 1, max: 40 }),
  extra: fc.integer({ min: 0, max: 5 }),
  accumulate: fc.constantFrom(0 as const, 1 as const),
  seed: fc.integer({ min: 0, max: 1000 }),
});

describe.each(variants)("$name", ({ kernels, arena }) => {
  test("gemm multiplies, also overlapping rows and rows with gaps", () => {
    fc.assert(
      fc.property(shape, ({ rows, inner, outer, ldx, extra, accumulate, seed }) => {
        arena.reset();
        const ld = outer + extra;
        const x = noise((rows - 1) * ldx + inner, seed);
        const w = noise(inner * ld, seed + 1);
        const y = noise(rows * ld, seed + 2);
        const expected = new ExactSums(y);
        for (let row = 0; row < rows; row++)
          for (let o = 0; o < outer; o++) {
            if (!accumulate) expected.add(row * ld + o, -at(y, row * ld + o));
            for (let i = 0; i < inner; i++) expected.add(row * ld + o, at(x, row * ldx + i) * at(w, i * ld + o));
          }
        const yp = arena.f32(y);
        kernels.gemm(rows, inner, outer, arena.f32(x), ldx, arena.f32(w), ld, yp, ld, accumulate);
        expected.expectNear(arena.readF32(yp, y.length));
        arena.expectGuards();
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  test("gemmGradWeight adds the product of the transposed input and the gradient", () => {
    fc.assert(
      fc.property(shape, ({ rows, inner, outer, ldx, extra, seed }) => {
        arena.reset();
        const ld = outer + extra;
        const x = noise((2 * rows - 1) * ldx + inner, seed);
        const d = noise(2 * rows * ld, seed + 1);
        const dw = noise(inner * ld, seed + 2);
        const expected = new ExactSums(dw);
        for (let row = 0; row < 2 * rows; row++)
          for (let i = 0; i < inner; i++)
            for (let o = 0; o < outer; o++) expected.add(i * ld + o, at(x, row * ldx + i) * at(d, row * ld + o));
        const dwp = arena.f32(dw);
        kernels.gemmGradWeight(2 * rows, inner, outer, arena.f32(x), ldx, arena.f32(d), ld, dwp, ld);
        expected.expectNear(arena.readF32(dwp, dw.length));
        arena.expectGuards();
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  test("transpose moves every element and nothing else", () => {
    fc.assert(
      fc.property(shape, ({ rows, inner: columns, extra, seed }) => {
        arena.reset();
        const ldy = rows + extra;
        const x = noise(rows * (columns + extra), seed);
        const y = noise(columns * ldy, seed + 1);
        const expected = y.slice();
        for (let row = 0; row < rows; row++)
          for (let column = 0; column < columns; column++)
            expected[column * ldy + row] = at(x, row * (columns + extra) + column);
        const yp = arena.f32(y);
        kernels.transpose(rows, columns, arena.f32(x), columns + extra, yp, ldy);
        expect(arena.readF32(yp, y.length)).toEqual(expected);
        arena.expectGuards();
      }),
      { seed: 7 },
    );
  });

  test("transpose takes pairs that lie side by side apart", () => {
    for (const rows of [1, 3, 4, 7, 8, 1024]) {
      arena.reset();
      const x = noise(2 * rows, rows);
      const y = arena.f32(new Float32Array(2 * rows + 1));
      kernels.transpose(rows, 2, arena.f32(x), 2, y, rows + 1);
      const expected = new Float32Array(2 * rows + 1);
      x.forEach((value, index) => (expected[(index >> 1) + (index % 2) * (rows + 1)] = value));
      expect(arena.readF32(y, expected.length)).toEqual(expected);
      arena.expectGuards();
    }
  });
});
