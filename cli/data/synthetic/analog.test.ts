import { describe, expect, it } from "vitest";
import { RandomStream } from "../random/stream.js";
import { bandPower, meanSpectrum } from "../testing/spectrum.js";
import { drawAnalogSettings, modulateAnalog, renderMessage, type AnalogSettings } from "./analog.js";
import { newSignal, type Signal } from "./signal.js";

const length = 4096;
/** Leakage of the spectrum's window: four bins. */
const leak = 4 / length;
const keys = Array.from({ length: 12 }, (_, key) => key);

function settingsOf(key: number): AnalogSettings {
  return drawAnalogSettings(new RandomStream(key));
}

function rendered(name: string, settings: AnalogSettings): Signal {
  const signal = newSignal(length);
  modulateAnalog(name, settings, signal);
  return signal;
}

/** The message alone; only its real part is sent. */
function message(settings: AnalogSettings): Float64Array {
  const signal = newSignal(length);
  renderMessage(settings.message, signal);
  return signal.re;
}

/** How alike two signals are: 1 when one is a multiple of the other. */
function correlation(a: Float64Array, b: Float64Array): number {
  const product = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

describe("messages", () => {
  it.each(keys)("have all their power in a telephone's band (%d)", (key) => {
    const settings = settingsOf(key);
    const { bandwidth } = settings.message;
    const spectrum = meanSpectrum([{ re: message(settings), im: new Float64Array(length) }]);
    const low = (300 / 3400) * bandwidth - leak;
    const inside = bandPower(spectrum, low, bandwidth + leak) + bandPower(spectrum, -bandwidth - leak, -low);
    expect(inside).toBeGreaterThan(0.9999);
  });

  it("are stronger below 1000 Hz than above when they are voiced, as speech is, and not when they are not", () => {
    const shares = Array.from({ length: 60 }, (_, key) => {
      const settings = settingsOf(key);
      const kilohertz = settings.message.bandwidth / 3.4;
      return 2 * bandPower(meanSpectrum([{ re: message(settings), im: new Float64Array(length) }]), 0, kilohertz);
    });
    // Seven of ten are voiced, the others not at all.
    expect(shares.filter((share) => share > 0.8).length).toBeGreaterThanOrEqual(24);
    expect(shares.filter((share) => share < 0.05).length).toBeGreaterThanOrEqual(6);
  });
});

describe.each(keys)("analogue modulations of message %d", (key) => {
  const settings = settingsOf(key);
  const sent = message(settings);
  const { bandwidth } = settings.message;
  const low = (300 / 3400) * bandwidth;

  it("AM-DSB-SC is the message itself", () => {
    const { re, im } = rendered("AM-DSB-SC", settings);
    expect(correlation(re, sent)).toBeCloseTo(1, 12);
    expect(im.every((value) => value === 0)).toBe(true);
  });

  it("AM-DSB-WC has the message as its envelope, and a carrier", () => {
    const { re, im } = rendered("AM-DSB-WC", settings);
    expect(im.every((value) => value === 0)).toBe(true);
    expect(Math.min(...re)).toBeGreaterThanOrEqual(0);
    expect(
      correlation(
        re.map((value) => value - 1),
        sent,
      ),
    ).toBeCloseTo(1, 12);
    expect(Math.max(...re.map((value) => Math.abs(value - 1)))).toBeCloseTo(settings.depth, 9);
    expect(bandPower(meanSpectrum([{ re, im }]), -leak, leak)).toBeGreaterThan(0.5);
  });

  it("AM-SSB-SC has one sideband, whose real part is the message", () => {
    const signal = rendered("AM-SSB-SC", settings);
    expect(correlation(signal.re, sent)).toBeCloseTo(1, 12);
    const spectrum = meanSpectrum([signal]);
    const [from, to] = settings.sideband === 1 ? [low - leak, bandwidth + leak] : [-bandwidth - leak, -low + leak];
    expect(bandPower(spectrum, from, to)).toBeGreaterThan(0.9999);
  });

  it("AM-SSB-WC has one sideband and a carrier", () => {
    const signal = rendered("AM-SSB-WC", settings);
    const spectrum = meanSpectrum([signal]);
    const carrier = bandPower(spectrum, -leak, leak);
    const [from, to] = settings.sideband === 1 ? [low - leak, bandwidth + leak] : [-bandwidth - leak, -low + leak];
    expect(carrier).toBeGreaterThan(0.5);
    expect(carrier + bandPower(spectrum, from, to)).toBeGreaterThan(0.9999);
    const largest = Math.max(...signal.re.map((value, at) => Math.hypot(value - 1, signal.im[at]!)));
    expect(largest).toBeCloseTo(settings.depth, 9);
  });

  it("FM has a constant envelope and the message as its frequency", () => {
    const signal = rendered("FM", settings);
    const frequency = new Float64Array(length);
    for (let sample = 1; sample < length; sample++) {
      const [a, b, c, d] = [signal.re[sample]!, signal.im[sample]!, signal.re[sample - 1]!, signal.im[sample - 1]!];
      expect(Math.hypot(a, b)).toBeCloseTo(1, 12);
      frequency[sample] = Math.atan2(b * c - a * d, a * c + b * d) / (2 * Math.PI);
    }
    expect(correlation(frequency.subarray(1), sent.subarray(1))).toBeCloseTo(1, 9);
    const deviation = settings.deviationRatio * bandwidth;
    expect(Math.max(...frequency.map(Math.abs))).toBeLessThanOrEqual(deviation + 1e-12);
    expect(Math.max(...frequency.map(Math.abs))).toBeGreaterThan(0.9 * deviation);
    // Carson's rule (1922): 98 % of the power within the deviation and the bandwidth on either side.
    const half = deviation + bandwidth;
    expect(bandPower(meanSpectrum([signal]), -half, half)).toBeGreaterThan(0.98);
  });
});
