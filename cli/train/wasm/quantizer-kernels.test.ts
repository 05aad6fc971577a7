import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rounding, type Rounding } from "./kernels.js";
import { at, ExactSums, kernelVariants, noise } from "./testing/arena.js";

const variants = await kernelVariants();

const roundings: readonly ((v: number) => number)[] = [
  (v) => v,
  (v) => {
    const below = Math.floor(v);
    return v - below === 0.5 ? 2 * Math.round(v / 2) : Math.round(v);
  },
  Math.floor,
  Math.ceil,
  Math.trunc,
];

const setting = fc.record({
  rows: fc.integer({ min: 1, max: 150 }),
  channels: fc.integer({ min: 1, max: 12 }).map((groups) => groups * 4),
  rounding: fc.constantFrom<Rounding>(0, 1, 2, 3, 4),
  /** Powers of two, so that multiplying is exact and fused or not, codes are the same. */
  a: fc.constantFrom(4, 0.5, -8),
  range: fc.constantFrom([0, 7], [-4, 3], [-Infinity, Infinity]),
  divide: fc.constantFrom(0 as const, 1 as const),
  accumulate: fc.constantFrom(0 as const, 1 as const),
  seed: fc.integer({ min: 0, max: 1000 }),
});

type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

interface Case {
  readonly x: Float32Array;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly scale: Float32Array;
  readonly offset: Float32Array;
  readonly v: readonly number[];
  readonly q: readonly number[];
}

/** Inputs that are multiples of 1/64: `a x + b` and its codes have no rounding error, ties included. */
function makeCase(s: Setting): Case {
  const steps = (length: number, seed: number) => noise(length, seed).map((value) => Math.round(value * 64) / 64);
  const x = steps(s.rows * s.channels, s.seed);
  const b = steps(s.channels, s.seed + 1);
  const a = new Float32Array(s.channels).fill(s.a);
  const scale = new Float32Array(s.channels).map((_, channel) => 2 ** ((channel % 3) - 1));
  const offset = steps(s.channels, s.seed + 2);
  const [lo, hi] = [at(s.range, 0), at(s.range, 1)];
  const v = Array.from(x, (value, index) => {
    const channel = index % s.channels;
    return (value * s.a + at(b, channel)) / (s.divide ? at(scale, channel) : 1);
  });
  const q = v.map((value) => roundings[s.rounding]!(Math.min(Math.max(value, lo), hi)));
  return { x, a, b, scale, offset, v, q };
}

describe.each(variants)("$name", ({ kernels, arena }) => {
  test("quantize clamps, rounds and scales, in place too", () => {
    fc.assert(
      fc.property(setting, fc.boolean(), (s, inPlace) => {
        arena.reset();
        const { x, a, b, scale, offset, q } = makeCase(s);
        const before = inPlace ? x : noise(x.length, s.seed + 3);
        const xp = arena.f32(x);
        const yp = inPlace ? xp : arena.f32(before);
        const [lo, hi] = [at(s.range, 0), at(s.range, 1)];
        kernels.quantize(
          s.rows,
          s.channels,
          xp,
          arena.f32(a),
          arena.f32(b),
          lo,
          hi,
          s.rounding,
          arena.f32(scale),
          arena.f32(offset),
          s.divide,
          yp,
          s.accumulate,
        );
        const expected = q.map((code, index) => {
          const channel = index % s.channels;
          const value = Math.fround(code * at(scale, channel) + at(offset, channel));
          return Math.fround(s.accumulate ? value + at(before, index) : value) + 0;
        });
        expect(Array.from(arena.readF32(yp, x.length), (value) => value + 0)).toEqual(expected);
        arena.expectGuards();
      }),
      { seed: 8, numRuns: 200 },
    );
  });

  test("quantizeGradSums adds the three sums per channel", () => {
    fc.assert(
      fc.property(setting, fc.boolean(), (s, isRelu) => {
        arena.reset();
        const { x, a, b, scale, v, q } = makeCase(s);
        const [lo, hi] = [at(s.range, 0), at(s.range, 1)];
        const floor = isRelu ? lo : lo - 1e-3;
        const dy = noise(x.length, s.seed + 4);
        const shift = noise(s.channels, s.seed + 5);
        const sums = noise(3 * s.channels, s.seed + 6);
        const expected = new ExactSums(sums);
        v.forEach((value, index) => {
          const channel = index % s.channels;
          const passes = value > floor && value <= hi;
          expected.add(channel, passes ? at(dy, index) : 0);
          expected.add(s.channels + channel, passes ? at(dy, index) * (at(x, index) - at(shift, channel)) : 0);
          expected.add(2 * s.channels + channel, at(dy, index) * at(q, index));
        });
        const sp = arena.f64(sums);
        kernels.quantizeGradSums(
          s.rows,
          s.channels,
          arena.f32(x),
          arena.f32(a),
          arena.f32(b),
          arena.f32(shift),
          arena.f32(dy),
          lo,
          hi,
          floor,
          s.rounding,
          arena.f32(scale),
          s.divide,
          sp,
        );
        expected.expectNear(arena.readF64(sp, sums.length), 2e-6);
        arena.expectGuards();
      }),
      { seed: 9, numRuns: 150 },
    );
  });

  test("quantizeGradInput passes what is inside and adds batch norm's terms, in place too", () => {
    fc.assert(
      fc.property(setting, fc.boolean(), (s, inPlace) => {
        arena.reset();
        const { x, a, b, scale, v } = makeCase(s);
        const [floor, hi] = [at(s.range, 0), at(s.range, 1)];
        const dy = noise(x.length, s.seed + 4);
        const terms = [7, 8, 9].map((seed) => noise(s.channels, s.seed + seed));
        const before = inPlace ? dy : noise(x.length, s.seed + 3);
        const expected = new ExactSums(s.accumulate ? before : new Float32Array(x.length));
        v.forEach((value, index) => {
          const [a1, a2, a3] = terms.map((term) => at(term, index % s.channels));
          if (value > floor && value <= hi) expected.add(index, at(dy, index) * a1!);
          expected.add(index, at(x, index) * a2!);
          expected.add(index, a3!);
        });
        const dp = arena.f32(dy);
        const dxp = inPlace ? dp : arena.f32(before);
        const [a1, a2, a3] = terms.map((term) => arena.f32(term));
        kernels.quantizeGradInput(
          s.rows,
          s.channels,
          arena.f32(x),
          arena.f32(a),
          arena.f32(b),
          dp,
          hi,
          floor,
          arena.f32(scale),
          s.divide,
          a1!,
          a2!,
          a3!,
          dxp,
          s.accumulate,
        );
        expected.expectNear(arena.readF32(dxp, x.length));
        arena.expectGuards();
      }),
      { seed: 10, numRuns: 150 },
    );
  });

  test("a NaN stays a NaN, and no gradient passes it", () => {
    arena.reset();
    const [ones, zeros] = [arena.f32([1, 1, 1, 1]), arena.f32([0, 0, 0, 0])];
    const xp = arena.f32([Number.NaN, 1, 2, 3]);
    const yp = arena.f32([0, 0, 0, 0]);
    kernels.quantize(1, 4, xp, ones, zeros, 0, 2, rounding.nearest, ones, zeros, 0, yp, 0);
    expect(arena.readF32(yp, 4)).toEqual(Float32Array.of(Number.NaN, 1, 2, 2));
    kernels.quantizeGradInput(1, 4, xp, ones, zeros, ones, 2, 0, ones, 0, ones, zeros, zeros, yp, 0);
    expect(arena.readF32(yp, 4)).toEqual(Float32Array.of(Number.NaN, 1, 1, 0));
  });

  test("channelSums and channelDots add up per channel; a shift keeps a far mean from hiding the variance", () => {
    fc.assert(
      fc.property(setting, ({ rows, channels, seed }) => {
        arena.reset();
        const x = noise(rows * channels, seed).map((value) => value + 1000);
        const d = noise(rows * channels, seed + 1);
        const shift = new Float32Array(channels).fill(1000);
        const sums = new ExactSums(new Float32Array(2 * channels));
        const dots = new ExactSums(new Float32Array(channels));
        x.forEach((value, index) => {
          const channel = index % channels;
          sums.add(channel, value - 1000);
          sums.add(channels + channel, (value - 1000) ** 2);
          dots.add(channel, value * at(d, index));
        });
        const [sp, dp] = [arena.f64(new Float64Array(2 * channels)), arena.f64(new Float64Array(channels))];
        const xp = arena.f32(x);
        kernels.channelSums(rows, channels, xp, arena.f32(shift), sp);
        kernels.channelDots(rows, channels, xp, arena.f32(d), dp);
        sums.expectNear(arena.readF64(sp, 2 * channels));
        dots.expectNear(arena.readF64(dp, channels), 3e-6);
        arena.expectGuards();
      }),
      { seed: 11 },
    );
  });
});
