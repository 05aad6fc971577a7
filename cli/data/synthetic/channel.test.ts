import { describe, expect, it } from "vitest";
import { frameSamples } from "../frames/grid.js";
import { RandomStream } from "../random/stream.js";
import { clearChannel, drawChannel, longestDelay, transmit, type Channel } from "./channel.js";
import { newSignal, type Signal } from "./signal.js";

/** What a channel makes of a carrier (frequency 0) or of a pulse at a sample. */
function received(channel: Channel, pulse?: number): Signal {
  const sent = newSignal(frameSamples + longestDelay);
  if (pulse === undefined) sent.re.fill(1);
  else sent.re[pulse + longestDelay] = 1;
  const signal = newSignal(frameSamples);
  transmit(sent, channel, signal);
  return signal;
}

describe("the channel", () => {
  it("changes nothing when it is clear", () => {
    const { re, im } = received(clearChannel, 100);
    expect(re.findIndex((value) => value !== 0)).toBe(100);
    expect(re[100]).toBe(1);
    expect(im.every((value) => value === 0)).toBe(true);
  });

  it("turns the carrier by its offset and phase", () => {
    const { re, im } = received({ ...clearChannel, carrierOffset: 0.003, carrierPhase: 1 });
    for (const sample of [0, 1, 500, 1023]) {
      const angle = 1 + 2 * Math.PI * 0.003 * sample;
      expect([re[sample], im[sample]]).toEqual([
        expect.closeTo(Math.cos(angle), 9),
        expect.closeTo(Math.sin(angle), 9),
      ]);
    }
  });

  it("adds echoes at their delays, also of what was sent before the frame", () => {
    const channel = { ...clearChannel, echoes: [{ delay: 5, re: 0.25, im: -0.5 }] };
    const { re, im } = received(channel, 10);
    expect([...re.subarray(9, 17)]).toEqual([0, 1, 0, 0, 0, 0, 0.25, 0]);
    expect(im[15]).toBe(-0.5);
    expect(received(channel, -2).re[3]).toBe(0.25);
  });

  it("fades by its waves: the gain between computed points is close to the exact one", () => {
    const waves = [{ turn: 2 * Math.PI * 2e-4, phase: 0.5 }];
    const { re, im } = received({ ...clearChannel, steady: 0.8, scattered: 0.6, waves });
    for (let sample = 0; sample < frameSamples; sample += 7) {
      const angle = 0.5 + 2 * Math.PI * 2e-4 * sample;
      expect(Math.hypot(re[sample]! - 0.8 - 0.6 * Math.cos(angle), im[sample]! - 0.6 * Math.sin(angle))).toBeLessThan(
        2e-4,
      );
    }
  });
});

describe("drawn channels", () => {
  const random = new RandomStream(1);
  const drawn = Array.from({ length: 5000 }, () => drawChannel(random));
  const mean = (value: (channel: Channel) => number) =>
    drawn.reduce((sum, channel) => sum + value(channel), 0) / drawn.length;

  it("have a direct path of mean power 1, Rician from 5 to 15 dB", () => {
    const directPower = ({ steady, scattered, waves }: Channel) => {
      const re = waves.reduce((sum, { phase }) => sum + scattered * Math.cos(phase), steady);
      const im = waves.reduce((sum, { phase }) => sum + scattered * Math.sin(phase), 0);
      return re * re + im * im;
    };
    expect(mean(directPower)).toBeCloseTo(1, 1);
    for (const { steady, scattered, waves } of drawn) {
      expect(steady ** 2 + waves.length * scattered ** 2).toBeCloseTo(1, 9);
      const factor = 10 * Math.log10(steady ** 2 / (waves.length * scattered ** 2));
      expect(factor).toBeGreaterThanOrEqual(5);
      expect(factor).toBeLessThanOrEqual(15);
    }
  });

  it("have echoes that get weaker by 0.75 dB per sample of delay", () => {
    for (const delay of [1, 8, 16]) {
      const powers = drawn.flatMap(({ echoes }) =>
        echoes.filter((echo) => echo.delay === delay).map((e) => e.re ** 2 + e.im ** 2),
      );
      const power = powers.reduce((sum, value) => sum + value, 0) / powers.length;
      expect(powers.length).toBeGreaterThan(400);
      // Exponential powers: the mean of 500 is within 0.8 dB of its expectation.
      expect(Math.abs(10 * Math.log10(power) - (-8 - 0.75 * delay))).toBeLessThan(0.8);
    }
  });

  it("are off tune by up to 0.005 of the sample rate, at any phase", () => {
    const offsets = drawn.map(({ carrierOffset }) => carrierOffset);
    expect(Math.max(...offsets.map(Math.abs))).toBeLessThanOrEqual(0.005);
    expect(Math.max(...offsets) - Math.min(...offsets)).toBeGreaterThan(0.0099);
    expect(Math.abs(mean(({ carrierPhase }) => Math.cos(carrierPhase)))).toBeLessThan(0.05);
  });
});
