import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at, ExactSums, kernelVariants, noise } from "./testing/arena.js";

const variants = await kernelVariants();
const inputLength = 200;

/** Rows with 0 to 6 entries each (`least` at least), anywhere in the input. */
function tables(least: number) {
  return fc
    .record({
      width: fc.integer({ min: 1, max: 19 }),
      counts: fc.array(fc.integer({ min: least, max: 6 }), { minLength: 1, maxLength: 12 }),
      isWeighted: fc.boolean(),
      accumulate: fc.constantFrom(0 as const, 1 as const),
      seed: fc.integer({ min: 0, max: 1000 }),
    })
    .map((t) => {
      const starts = [0];
      for (const count of t.counts) starts.push(at(starts, starts.length - 1) + count);
      const entries = at(starts, t.counts.length);
      const places = noise(entries, t.seed);
      const offsets = Int32Array.from(places, (p) => Math.floor(((p + 1) / 2) * (inputLength - t.width)));
      const weights = t.isWeighted ? noise(entries, t.seed + 1) : undefined;
      return { ...t, rows: t.counts.length, starts, offsets, weights };
    });
}

/** Calls `visit` for every element of every entry: output index, input index, weight. */
function eachEntry(
  t: { rows: number; width: number; starts: number[]; offsets: Int32Array; weights: Float32Array | undefined },
  visit: (to: number, from: number, weight: number) => void,
): void {
  for (let row = 0; row < t.rows; row++)
    for (let j = at(t.starts, row); j < at(t.starts, row + 1); j++)
      for (let c = 0; c < t.width; c++)
        visit(row * t.width + c, at(t.offsets, j) + c, t.weights ? at(t.weights, j) : 1);
}

describe.each(variants)("$name", ({ kernels, arena }) => {
  test("sparse sums the entries of each row, and sparseGrad distributes", () => {
    fc.assert(
      fc.property(tables(0), (t) => {
        arena.reset();
        const x = noise(inputLength, t.seed + 2);
        const y = noise(t.rows * t.width, t.seed + 3);
        const sums = new ExactSums(t.accumulate ? y : y.map(() => 0));
        const gradient = new ExactSums(x);
        eachEntry(t, (to, from, weight) => {
          sums.add(to, weight * at(x, from));
          gradient.add(from, weight * at(y, to));
        });
        const table = [
          arena.i32(t.starts),
          arena.i32(t.offsets),
          t.weights === undefined ? 0 : arena.f32(t.weights),
        ] as const;
        const [yp, dxp] = [arena.f32(y), arena.f32(x)];
        kernels.sparseGrad(t.rows, t.width, yp, ...table, dxp);
        gradient.expectNear(arena.readF32(dxp, x.length));
        kernels.sparse(t.rows, t.width, arena.f32(x), ...table, yp, t.accumulate);
        sums.expectNear(arena.readF32(yp, y.length));
        arena.expectGuards();
      }),
      { seed: 18 },
    );
  });

  test("sparseMax finds the first maximum, and sparseMaxGrad goes there", () => {
    fc.assert(
      fc.property(tables(1), (t) => {
        arena.reset();
        // Few different values, so that ties are common.
        const x = noise(inputLength, t.seed + 2).map((value) => Math.round(value * 3));
        const best = new Float32Array(t.rows * t.width).fill(-Infinity);
        const places = new Int32Array(best.length);
        eachEntry(t, (to, from) => {
          if (at(x, from) <= at(best, to)) return;
          best[to] = at(x, from);
          places[to] = from;
        });
        const [yp, ap] = [arena.f32(best.map(() => 0)), arena.i32(places.map(() => -1))];
        const [xp, starts, offsets] = [arena.f32(x), arena.i32(t.starts), arena.i32(t.offsets)];
        kernels.sparseMax(t.rows, t.width, xp, starts, offsets, yp, ap);
        expect(arena.readF32(yp, best.length)).toEqual(best);
        expect(arena.readI32(ap, places.length)).toEqual(places);
        kernels.sparseMaxGrad(best.length, yp, ap, xp);
        const gradient = new ExactSums(x);
        places.forEach((place, index) => {
          gradient.add(place, at(best, index));
        });
        gradient.expectNear(arena.readF32(xp, x.length), 0);
        kernels.sparseMax(t.rows, t.width, arena.f32(x), starts, offsets, yp, 0);
        expect(arena.readF32(yp, best.length)).toEqual(best);
        arena.expectGuards();
      }),
      { seed: 19 },
    );
  });

  test("a NaN is a maximum wherever it stands", () => {
    arena.reset();
    const x = arena.f32([Number.NaN, 1, 2, 3, 4, 5, Number.NaN, 7, 8, 9]);
    const y = arena.f32([0, 0, 0, 0, 0]);
    kernels.sparseMax(1, 5, x, arena.i32([0, 2]), arena.i32([0, 5]), y, 0);
    expect(arena.readF32(y, 5)).toEqual(Float32Array.of(Number.NaN, Number.NaN, 7, 8, 9));
  });
});
