import { describe, expect, it } from "vitest";
import { RandomStream } from "../random/stream.js";
import { bandPower, meanSpectrum, occupiedBandwidth } from "../testing/spectrum.js";
import { constellations } from "./constellations.js";
import { drawDigitalSettings, drawSymbols, modulateDigital, type DigitalSettings } from "./digital.js";
import { pulseReach, rollOffs, rootRaisedCosine, symbolsNeeded } from "./pulses.js";
import { meanPower, newSignal, type Signal } from "./signal.js";

const length = 2048;
const points = constellations();
const linear = [...points.keys()];
const settings: DigitalSettings = { times: { start: pulseReach + 0.37, step: 1 / 8.2 }, rollOff: 10 };
const rollOff = rollOffs[settings.rollOff]!;

function rendered(name: string, key: number): Signal {
  const signal = newSignal(length);
  modulateDigital(name, new RandomStream(key), settings, signal);
  return signal;
}

/** What a matched filter gives at the moment of a symbol: the integral of the signal with the pulse. */
function matched(values: Float64Array, symbol: number): number {
  const { start, step } = settings.times;
  return values.reduce((sum, value, sample) => {
    const t = start + sample * step - symbol;
    return Math.abs(t) < pulseReach ? sum + value * rootRaisedCosine(t, rollOff) * step : sum;
  }, 0);
}

/** Symbols whose pulses lie wholly within the signal. */
const whole = (() => {
  const first = Math.ceil(settings.times.start + pulseReach);
  const last = Math.floor(settings.times.start + length * settings.times.step - pulseReach);
  return Array.from({ length: last - first }, (_, index) => first + index);
})();

describe.each(linear)("%s", (name) => {
  const constellation = points.get(name)!;
  const offset = name === "OQPSK" ? 0.5 : 0;

  it("carries its symbols: a matched filter gives them back", () => {
    const signal = rendered(name, 3);
    const count = symbolsNeeded(length, settings.times.step) + 1;
    const sent = drawSymbols(new RandomStream(3), constellation, count);
    let error = 0;
    for (const symbol of whole) {
      error += (matched(signal.re, symbol) - sent.re[symbol]!) ** 2;
      error += (matched(signal.im, symbol + offset) - sent.im[symbol]!) ** 2;
    }
    // The pulses are cut off at 8 symbols: errors 30 dB below the symbols and more.
    expect(Math.sqrt(error / whole.length)).toBeLessThan(0.03);
  });

  it("has mean power 1", () => {
    const powers = Array.from({ length: 40 }, (_, key) => meanPower(rendered(name, key)));
    expect(powers.reduce((sum, power) => sum + power, 0) / powers.length).toBeCloseTo(1, 1);
  });

  it("occupies the band that its symbol rate and roll-off say", () => {
    const spectrum = meanSpectrum(Array.from({ length: 20 }, (_, key) => rendered(name, key)));
    const half = (settings.times.step * (1 + rollOff)) / 2;
    expect(bandPower(spectrum, -half, half)).toBeGreaterThan(0.999);
    const occupied = occupiedBandwidth(spectrum, 0.99);
    expect(occupied).toBeLessThan(2 * half);
    // Unipolar keying has half of its power in the carrier, so the band of the rest is judged by its edges alone.
    if (!/ASK|OOK/.test(name)) expect(occupied).toBeGreaterThan(settings.times.step * 0.9);
  });
});

describe("random symbols", () => {
  it.each(linear)("of %s are all of its points, equally often", (name) => {
    const constellation = points.get(name)!;
    const random = new RandomStream(8);
    const counts = new Map<string, number>();
    const draws = 200 * constellation.re.length;
    for (let drawn = 0; drawn < draws; drawn += 400) {
      const { re, im } = drawSymbols(random, constellation, 400);
      re.forEach((value, at) => {
        const key = `${value} ${im[at]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      });
    }
    expect(counts.size).toBe(constellation.re.length);
    // Counts of about 200 or more lie within six standard deviations of their mean.
    const mean = [...counts.values()].reduce((sum, count) => sum + count, 0) / counts.size;
    for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(6 * Math.sqrt(mean));
  });
});

describe("OQPSK", () => {
  it("changes I and Q half a symbol apart, so it never crosses zero as QPSK does", () => {
    const smallest = (name: string) =>
      Math.min(
        ...Array.from({ length: 10 }, (_, key) => {
          const { re, im } = rendered(name, key);
          return Math.min(...re.map((value, at) => Math.hypot(value, im[at]!)));
        }),
      );
    expect(smallest("OQPSK")).toBeGreaterThan(0.15);
    expect(smallest("QPSK")).toBeLessThan(0.1);
  });
});

describe("GMSK", () => {
  it("has a constant envelope and turns at most a quarter per symbol", () => {
    const { re, im } = rendered("GMSK", 1);
    const limit = (Math.PI / 2) * settings.times.step;
    for (let sample = 0; sample < length; sample++) {
      expect(Math.hypot(re[sample]!, im[sample]!)).toBeCloseTo(1, 12);
      if (sample === 0) continue;
      const [a, b, c, d] = [re[sample]!, im[sample]!, re[sample - 1]!, im[sample - 1]!];
      expect(Math.abs(Math.atan2(b * c - a * d, a * c + b * d))).toBeLessThanOrEqual(limit + 1e-9);
    }
  });

  it("turns a quarter for each symbol in the long run", () => {
    const { re, im } = rendered("GMSK", 2);
    const count = symbolsNeeded(length, settings.times.step) + 1;
    const bits = drawSymbols(new RandomStream(2), { re: Float64Array.of(-1, 1), im: Float64Array.of(0, 0) }, count).re;
    let turned = 0;
    for (let sample = 1; sample < length; sample++) {
      const [a, b, c, d] = [re[sample]!, im[sample]!, re[sample - 1]!, im[sample - 1]!];
      turned += Math.atan2(b * c - a * d, a * c + b * d);
    }
    const first = settings.times.start;
    const last = first + (length - 1) * settings.times.step;
    const sum = bits.reduce((total, bit, at) => (at > first && at < last ? total + bit : total), 0);
    // The symbols at both ends have turned only in part.
    expect(Math.abs(turned / (Math.PI / 2) - sum)).toBeLessThan(3);
  });

  it("occupies the band that is known for a bandwidth of 0.3 symbol rates", () => {
    const spectrum = meanSpectrum(Array.from({ length: 20 }, (_, key) => rendered("GMSK", key)));
    // 99 % of the power: 0.86 symbol rates at BT 0.25, 1.04 at 0.5 (Murota and Hirade, 1981).
    const occupied = occupiedBandwidth(spectrum, 0.99) / settings.times.step;
    expect(occupied).toBeGreaterThan(0.84);
    expect(occupied).toBeLessThan(1.0);
  });
});

describe("settings", () => {
  it("differ in symbol rate, timing and roll-off", () => {
    const random = new RandomStream(0);
    const drawn = Array.from({ length: 2000 }, () => drawDigitalSettings(random));
    const rates = drawn.map(({ times }) => 1 / times.step);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(7.6);
    expect(Math.max(...rates)).toBeLessThanOrEqual(8.4);
    expect(Math.max(...rates) - Math.min(...rates)).toBeGreaterThan(0.75);
    const timings = drawn.map(({ times }) => times.start - pulseReach);
    expect(Math.max(...timings) - Math.min(...timings)).toBeGreaterThan(0.99);
    expect(new Set(drawn.map((settings) => settings.rollOff)).size).toBe(rollOffs.length);
  });
});
