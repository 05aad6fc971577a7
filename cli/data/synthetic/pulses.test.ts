import { describe, expect, it } from "vitest";
import { gmskPhase, pulseReach, rollOffs, rootRaisedCosine, rootRaisedCosineTable, shapePulses } from "./pulses.js";

/** The integral over t of f by the midpoint rule. */
function integral(f: (t: number) => number, from: number, to: number, steps: number): number {
  const width = (to - from) / steps;
  let sum = 0;
  for (let step = 0; step < steps; step++) sum += f(from + (step + 0.5) * width);
  return sum * width;
}

describe("the root-raised-cosine pulse", () => {
  it.each([0.15, 0.25, 0.35, 0.45])("with roll-off %d has energy 1 and no interference between symbols", (rollOff) => {
    for (const shift of [0, 1, 2, 3]) {
      const overlap = integral(
        (t) => rootRaisedCosine(t, rollOff) * rootRaisedCosine(t - shift, rollOff),
        -60,
        60,
        12_000,
      );
      expect(overlap).toBeCloseTo(shift === 0 ? 1 : 0, 4);
    }
  });

  it.each([0.15, 0.25, 0.45])("with roll-off %d is continuous where its formula divides by zero", (rollOff) => {
    for (const singular of [0, 1 / (4 * rollOff), -1 / (4 * rollOff)]) {
      const beside = (rootRaisedCosine(singular - 1e-5, rollOff) + rootRaisedCosine(singular + 1e-5, rollOff)) / 2;
      expect(rootRaisedCosine(singular, rollOff)).toBeCloseTo(beside, 8);
    }
  });

  it("is tabulated finely enough: 50 dB", () => {
    const table = rootRaisedCosineTable(rollOffs[3]!);
    const symbols = Float64Array.from({ length: 64 }, (_, index) => (index % 3) - 1);
    const times = { start: 12.3456, step: 0.0937 };
    const out = new Float64Array(300);
    shapePulses(symbols, table, times, out);
    let error = 0;
    let power = 0;
    out.forEach((value, sample) => {
      const time = times.start + sample * times.step;
      const exact = symbols.reduce((sum, symbol, index) => {
        const t = time - index;
        return t > -pulseReach && t <= pulseReach ? sum + symbol * rootRaisedCosine(t, rollOffs[3]!) : sum;
      }, 0);
      error += (value - exact) ** 2;
      power += exact ** 2;
    });
    expect(10 * Math.log10(power / error)).toBeGreaterThan(50);
  });
});

describe("GMSK's phase", () => {
  it("turns once, symmetrically, and only forwards", () => {
    expect([gmskPhase(-3), gmskPhase(0), gmskPhase(3)]).toEqual([0, expect.closeTo(0.5, 6), 1]);
    for (let t = -3; t <= 3; t += 0.01) {
      expect(gmskPhase(t) + gmskPhase(-t)).toBeCloseTo(1, 6);
      expect(gmskPhase(t)).toBeGreaterThanOrEqual(gmskPhase(t - 0.01));
    }
  });

  it("has the bandwidth of its Gaussian filter", () => {
    // The frequency pulse is a rectangle through a filter whose impulse response has this standard deviation, so its
    // variance is the sum of both.
    const sigma = Math.sqrt(Math.LN2) / (2 * Math.PI * 0.3);
    const slope = (t: number) => (gmskPhase(t + 0.01) - gmskPhase(t - 0.01)) / 0.02;
    expect(integral((t) => t * t * slope(t), -3, 3, 600)).toBeCloseTo(sigma ** 2 + 1 / 12, 3);
  });
});
