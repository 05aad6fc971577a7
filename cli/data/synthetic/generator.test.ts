import { describe, expect, it } from "vitest";
import { modulations } from "../../../shared/dsl/data.js";
import { frameSamples, snrLevels } from "../frames/grid.js";
import { bandPower, meanSpectrum } from "../testing/spectrum.js";
import { frameGenerator, type FrameName, type FrameParts } from "./generator.js";
import { meanPower, type Signal } from "./signal.js";

const generate = frameGenerator(2018);

function sum({ signal, noise }: FrameParts): Signal {
  return {
    re: signal.re.map((value, at) => value + noise.re[at]!),
    im: signal.im.map((value, at) => value + noise.im[at]!),
  };
}

function copy({ re, im }: Signal): Signal {
  return { re: re.slice(), im: im.slice() };
}

describe.each(modulations.map((name, modulation) => ({ name, modulation })))("frames of $name", ({ modulation }) => {
  it("have power 1 and exactly their SNR", () => {
    for (const snr of snrLevels) {
      const parts = generate({ modulation, snr, index: 0 });
      expect(meanPower(sum(parts))).toBeCloseTo(1, 9);
      expect(10 * Math.log10(meanPower(parts.signal) / meanPower(parts.noise))).toBeCloseTo(snr, 9);
    }
  });

  it("have their signal within the band that any modulation may take, carrier offset included", () => {
    const signals = Array.from({ length: 8 }, (_, index) => copy(generate({ modulation, snr: 30, index }).signal));
    // The widest are FM (Carson: 4 message bandwidths of 0.06) and the fastest symbols: (1 + 0.45) / 7.6.
    const half = modulations[modulation] === "FM" ? 0.25 : 0.12;
    expect(bandPower(meanSpectrum(signals), -half, half)).toBeGreaterThan(0.995);
  });

  it("are all different", () => {
    const first = Array.from({ length: 50 }, (_, index) => generate({ modulation, snr: 10, index }).signal.re[500]);
    expect(new Set(first).size).toBe(50);
  });
});

describe("noise", () => {
  const noises = Array.from({ length: 40 }, (_, index) => copy(generate({ modulation: 4, snr: 0, index }).noise));

  it("is white", () => {
    const spectrum = meanSpectrum(noises);
    for (let band = 0; band < 16; band++) {
      const from = band / 16 - 0.5;
      expect(bandPower(spectrum, from, from + 1 / 16 - 1e-9)).toBeCloseTo(1 / 16, 2);
    }
  });

  it("is normal, and alike in I and Q", () => {
    const values = noises.flatMap(({ re, im }) => [...re, ...im]);
    const moment = (power: number) => values.reduce((total, value) => total + value ** power, 0) / values.length;
    // 81,920 values: five standard errors of the kurtosis are 0.09.
    expect(Math.abs(moment(4) / moment(2) ** 2 - 3)).toBeLessThan(0.09);
    const power = (part: "re" | "im") =>
      noises.reduce((total, noise) => total + noise[part].reduce((a, b) => a + b * b, 0), 0);
    expect(power("re") / power("im")).toBeCloseTo(1, 1);
    const mixed = noises.reduce((total, { re, im }) => total + re.reduce((a, b, at) => a + b * im[at]!, 0), 0);
    expect(Math.abs(mixed / power("re"))).toBeLessThan(0.03);
  });

  it("does not depend on the signal", () => {
    const { signal, noise } = generate({ modulation: 21, snr: 0, index: 3 });
    const product = signal.re.reduce(
      (total, value, at) => total + value * noise.re[at]! + signal.im[at]! * noise.im[at]!,
      0,
    );
    expect(Math.abs(product) / (frameSamples * meanPower(signal))).toBeLessThan(0.15);
  });
});

describe("the generator", () => {
  const names: readonly FrameName[] = [
    { modulation: 0, snr: -20, index: 0 },
    { modulation: 17, snr: 4, index: 12 },
    { modulation: 22, snr: 30, index: 4095 },
  ];

  it("makes the same frame whatever it made before", () => {
    const forwards = names.map((name) => copy(sum(generate(name))));
    const other = frameGenerator(2018);
    const backwards = [...names].reverse().map((name) => copy(sum(other(name))));
    expect(backwards.reverse()).toEqual(forwards);
  });

  it("makes others for another seed, modulation, SNR or index", () => {
    const start = (seed: number, name: FrameName) => frameGenerator(seed)(name).noise.re[0];
    const name = { modulation: 4, snr: 10, index: 1 };
    const starts = [
      start(1, name),
      start(2, name),
      start(1, { ...name, modulation: 5 }),
      start(1, { ...name, snr: 12 }),
      start(1, { ...name, index: 2 }),
    ];
    expect(new Set(starts).size).toBe(starts.length);
  });
});
