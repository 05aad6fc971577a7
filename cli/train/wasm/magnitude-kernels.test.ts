import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at, kernelVariants, noise } from "./testing/arena.js";

const variants = await kernelVariants();

const matrix = fc.record({
  rows: fc.integer({ min: 1, max: 60 }),
  channels: fc.integer({ min: 1, max: 9 }),
  seed: fc.integer({ min: 0, max: 1000 }),
});

describe.each(variants)("$name", ({ kernels, arena }) => {
  test("three histograms select the k-th smallest magnitude, and findMagnitude its first place in PyTorch's order", () => {
    fc.assert(
      fc.property(matrix, fc.double({ min: 0, max: 1, noNaN: true }), ({ rows, channels, seed }, share) => {
        arena.reset();
        const ld = Math.ceil(channels / 4) * 4;
        const x = new Float32Array(rows * ld);
        const values = noise(rows * channels, seed);
        values.forEach((value, index) => (x[Math.floor(index / channels) * ld + (index % channels)] = value));
        const magnitudes = values.map(Math.abs).sort();
        const k = Math.min(Math.floor(share * magnitudes.length), magnitudes.length - 1);
        const xp = arena.f32(x);
        let prefix = 0;
        let mask = 0;
        let rank = k;
        for (const [shift, bits] of [
          [20, 11],
          [9, 11],
          [0, 9],
        ] as const) {
          const bins = arena.i32(new Int32Array(2048));
          kernels.histogram(rows, channels, ld, xp, shift, mask, prefix, bins);
          const counts = arena.readI32(bins, 2048);
          let bin = 0;
          // The last digit has 9 bits: its bins hold every combination with the 2 bits above, which the prefix fixes.
          for (; rank >= at(counts, bin); bin++) rank -= at(counts, bin);
          prefix |= bin << shift;
          mask |= ((1 << bits) - 1) << shift;
        }
        const found = new Float32Array(Int32Array.of(prefix).buffer)[0]!;
        expect(found).toBe(magnitudes[k]);
        let first = rows * channels;
        values.forEach((value, index) => {
          if (Math.abs(value) === found)
            first = Math.min(first, (index % channels) * rows + Math.floor(index / channels));
        });
        expect(kernels.findMagnitude(rows, channels, ld, xp, found)).toBe(first);
        expect(kernels.findMagnitude(rows, channels, ld, xp, 2)).toBe(-1);
        arena.expectGuards();
      }),
      { seed: 13 },
    );
  });

  test("quantizeCodes: binary, ternary, truncated and code book", () => {
    const [ones, zeros, halves] = [
      arena.f32(new Float32Array(4).fill(1)),
      arena.f32(new Float32Array(4)),
      arena.f32(new Float32Array(4).fill(0.5)),
    ];
    const x = arena.f32([-0.75, 0, 0.25, 2.5, -1.25, 0.5, -0.25, Number.POSITIVE_INFINITY]);
    const levels = arena.f32([-2, -1, 0.5, 4]);
    const codes = (kind: number, parameter: number, round: 0 | 1) => {
      const [q, passes] = [arena.f32(new Float32Array(8)), arena.f32(new Float32Array(8))];
      kernels.quantizeCodes(2, 4, x, ones, zeros, halves, kind, parameter, round, levels, 4, q, passes);
      return [Array.from(arena.readF32(q, 8)), Array.from(arena.readF32(passes, 8))];
    };
    // v = x / 0.5: -1.5, 0, 0.5, 5, -2.5, 1, -0.5, infinity
    const all = [1, 1, 1, 1, 1, 1, 1, 1];
    const [up, down] = [Number.POSITIVE_INFINITY, -1];
    expect(codes(0, 1, 1)).toEqual([
      [down, 1, 1, 1, down, 1, down, 1],
      [0, 1, 1, 0, 0, 1, 1, 0],
    ]);
    expect(codes(1, 0.5, 1)).toEqual([
      [down, 0, 0, 1, down, 1, 0, 1],
      [1, 0, 0, 1, 1, 1, 0, 1],
    ]);
    expect(codes(2, 0.5, 1)).toEqual([[-1, 0, 0, 2, -1, 0, -0, up], all]);
    expect(codes(2, 0.5, 0)).toEqual([[-0.75, 0, 0.25, 2.5, -1.25, 0.5, -0.25, up], all]);
    // -1.5 is as near to -2 as to -1: the lower one.
    expect(codes(3, 0, 1)[0]).toEqual([-2, 0.5, 0.5, 4, -2, 0.5, -1, -2]);
    expect(codes(3, 0, 0)).toEqual([
      [-1.5, 0, 0.5, 4, -2, 1, -0.5, 4],
      [1, 1, 1, 0, 0, 1, 1, 0],
    ]);
    arena.expectGuards();
  });
});
