import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inputGradientPhases } from "./phases.js";
import { at, ExactSums, kernelVariants, noise } from "./testing/arena.js";

const variants = await kernelVariants();

const geometry = fc.record({
  rows: fc.integer({ min: 1, max: 40 }),
  channels: fc.integer({ min: 1, max: 6 }).map((groups) => groups * 4),
  taps: fc.integer({ min: 1, max: 27 }),
  tapRows: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  extra: fc.integer({ min: 0, max: 2 }).map((groups) => groups * 4),
  accumulate: fc.constantFrom(0 as const, 1 as const),
  seed: fc.integer({ min: 0, max: 1000 }),
});

describe.each(variants)("$name", ({ kernels, arena }) => {
  test("depthwise is the sum over taps, with any stride, dilation, number of rows and of tap rows", () => {
    fc.assert(
      fc.property(geometry, (g) => {
        arena.reset();
        const ld = g.channels + g.extra;
        const lineLength = ((g.rows - 1) * g.stride + (g.taps - 1) * g.dilation + 1) * ld;
        const x = noise(g.tapRows * lineLength, g.seed);
        const w = noise(g.tapRows * g.taps * g.channels, g.seed + 1);
        const y = noise(g.rows * ld, g.seed + 2);
        const expected = new ExactSums(y);
        const written = new Set<number>();
        for (let t = 0; t < g.rows; t++)
          for (let c = 0; c < g.channels; c++) {
            const to = t * ld + c;
            written.add(to);
            if (!g.accumulate) expected.add(to, -at(y, to));
            for (let r = 0; r < g.tapRows; r++)
              for (let k = 0; k < g.taps; k++) {
                const from = r * lineLength + (t * g.stride + k * g.dilation) * ld + c;
                expected.add(to, at(x, from) * at(w, (r * g.taps + k) * g.channels + c));
              }
          }
        const yp = arena.f32(y);
        kernels.depthwise(
          g.rows,
          g.channels,
          g.tapRows,
          g.taps,
          arena.f32(x),
          g.stride * ld,
          lineLength,
          g.dilation * ld,
          arena.f32(w),
          g.taps * g.channels,
          g.channels,
          yp,
          ld,
          g.accumulate,
        );
        const actual = arena.readF32(yp, y.length);
        expected.expectNear(actual);
        y.forEach((before, index) => {
          if (!written.has(index)) expect(actual[index]).toBe(before);
        });
        arena.expectGuards();
      }),
      { seed: 2, numRuns: 150 },
    );
  });

  test("depthwiseGradWeight is the sum over positions", () => {
    fc.assert(
      fc.property(geometry, fc.integer({ min: 0, max: 2 }), (g, long) => {
        arena.reset();
        const rows = g.rows + long * 50;
        const ldd = g.channels + g.extra;
        const lineLength = ((rows - 1) * g.stride + (g.taps - 1) * g.dilation + 1) * g.channels;
        const x = noise(g.tapRows * lineLength, g.seed);
        const d = noise(rows * ldd, g.seed + 1);
        const dw = noise(g.tapRows * g.taps * g.channels, g.seed + 2);
        const expected = new ExactSums(dw);
        for (let t = 0; t < rows; t++)
          for (let r = 0; r < g.tapRows; r++)
            for (let k = 0; k < g.taps; k++)
              for (let c = 0; c < g.channels; c++) {
                const from = r * lineLength + (t * g.stride + k * g.dilation) * g.channels + c;
                expected.add((r * g.taps + k) * g.channels + c, at(x, from) * at(d, t * ldd + c));
              }
        const dwp = arena.f32(dw);
        kernels.depthwiseGradWeight(
          rows,
          g.channels,
          g.tapRows,
          g.taps,
          arena.f32(x),
          g.stride * g.channels,
          lineLength,
          g.dilation * g.channels,
          arena.f32(d),
          ldd,
          dwp,
        );
        expected.expectNear(arena.readF32(dwp, dw.length));
        arena.expectGuards();
      }),
      { seed: 3, numRuns: 150 },
    );
  });

  test("depthwise with negative steps over the phases is the input's gradient", () => {
    fc.assert(
      fc.property(geometry, ({ rows, channels, taps, stride, dilation, seed }) => {
        arena.reset();
        const length = (rows - 1) * stride + (taps - 1) * dilation + 1;
        const margin = taps * dilation;
        const d = noise(rows * channels, seed);
        const w = noise(taps * channels, seed + 1);
        const expected = new ExactSums(new Float32Array(length * channels));
        for (let t = 0; t < rows; t++)
          for (let k = 0; k < taps; k++)
            for (let c = 0; c < channels; c++)
              expected.add(
                (t * stride + k * dilation) * channels + c,
                at(d, t * channels + c) * at(w, k * channels + c),
              );
        const padded = new Float32Array((rows + 2 * margin + length) * channels);
        padded.set(d, margin * channels);
        const dp = arena.f32(padded);
        const wp = arena.f32(w);
        const dxp = arena.f32(new Float32Array(length * channels));
        for (const p of inputGradientPhases(taps, stride, dilation)) {
          if (p.taps === 0 || p.phase >= length) continue;
          kernels.depthwise(
            Math.ceil((length - p.phase) / stride),
            channels,
            1,
            p.taps,
            dp + (margin + p.rowOffset) * channels * 4,
            channels,
            0,
            -p.rowStep * channels,
            wp + p.firstTap * channels * 4,
            0,
            p.tapStride * channels,
            dxp + p.phase * channels * 4,
            stride * channels,
            0,
          );
        }
        expected.expectNear(arena.readF32(dxp, length * channels));
        arena.expectGuards();
      }),
      { seed: 4, numRuns: 100 },
    );
  });
});
