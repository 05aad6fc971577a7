import { describe, expect, it } from "vitest";
import { RandomStream } from "../data/random/stream.js";
import type { QuantizerSpec } from "../train/program.js";
import { qualityCounter, type TensorLayout } from "./tensor-quality.js";

const base: QuantizerSpec = {
  ...{ name: "q", role: "activation", bits: 2, signed: false, narrow: false, zeroPoint: 0 },
  ...{ rounding: "round", kind: "int", powerOfTwo: false, scale: { kind: "const", values: [1] } },
};

const oneChannel: TensorLayout = { channels: 1, channelOf: () => 0, scaleIndexOf: () => 0 };

function measure(spec: QuantizerSpec, scale: readonly number[], values: readonly number[], layout = oneChannel) {
  const counter = qualityCounter(spec, Float64Array.from(scale), layout);
  counter.add(values);
  return counter.result();
}

describe("qualityCounter", () => {
  it("measures what is lost, cut off and left unused", () => {
    const quality = measure(base, [1], [0, 0.4, 1.6, 5]);
    expect(quality).toMatchObject({ elements: 4, codes: 4, unused: 1, saturated: 1 / 4, zeros: 1 / 2, entropy: 1.5 });
    expect(quality.range).toEqual({ min: 0, max: 5 });
    expect(quality.histogram).toEqual({ first: 0, width: 1, counts: [2, 0, 1, 1] });
    expect(quality.sqnr).toBeCloseTo(10 * Math.log10((0.16 + 2.56 + 25) / (0.16 + 0.16 + 4)), 4);
  });

  it("does not call saturated what rounding alone brings to the last code", () => {
    expect(measure(base, [1], [3.4, -0.4, 3]).saturated).toBe(0);
    expect(measure(base, [1], [3.6, -0.6]).saturated).toBe(1);
  });

  it("finds channels in which everything is 0", () => {
    const layout = { ...oneChannel, channels: 3, channelOf: (index: number) => Math.floor(index / 2) };
    expect(measure(base, [1], [0, 0.2, 0, 1, 0.3, 0.1], layout).dead).toEqual([0, 2]);
  });

  it("takes a scale per channel", () => {
    const layout = { channels: 2, channelOf: (index: number) => index % 2, scaleIndexOf: (index: number) => index % 2 };
    const quality = measure({ ...base, channelAxis: 0 }, [1, 10], [2, 20, 3, 30], layout);
    expect(quality).toMatchObject({ scale: { min: 1, max: 10 }, sqnr: Infinity, saturated: 0, unused: 2 });
  });

  it("loses 6.02 dB less with each bit on a uniform signal that fills the range", () => {
    const random = new RandomStream(1);
    const values = Array.from({ length: 50_000 }, () => random.uniform(-1, 1));
    for (const bits of [3, 5, 8]) {
      const step = 2 / (2 ** bits - 1);
      const spec: QuantizerSpec = { ...base, bits, signed: true, narrow: true };
      const { sqnr, saturated } = measure(spec, [step], values);
      // Step s, noise s²/12, signal 1/3.
      expect(sqnr).toBeCloseTo(10 * Math.log10(4 / step ** 2), 0);
      expect(saturated).toBe(0);
    }
  });

  it("draws at most 256 bins", () => {
    const { histogram } = measure({ ...base, bits: 10 }, [1], [0, 3, 4, 1023]);
    expect(histogram).toMatchObject({ first: 0, width: 4 });
    expect(histogram.counts).toHaveLength(256);
    expect([histogram.counts[0], histogram.counts[1], histogram.counts[255]]).toEqual([2, 1, 1]);
    const fine = measure({ ...base, bits: 20 }, [1], [0, 4096, 4096, 2 ** 20 - 1]);
    expect(fine).toMatchObject({ codes: 2 ** 20, unused: 2 ** 20 - 3, entropy: 1.5, histogram: { width: 4096 } });
    expect(fine.histogram.counts.slice(0, 2)).toEqual([1, 2]);
  });

  it("knows the levels of binary, ternary and listed quantisers", () => {
    const binary = measure({ ...base, kind: "binary", bits: 1, signed: true }, [0.5], [0, -3, 0.1]);
    expect(binary).toMatchObject({ codes: 2, unused: 0, zeros: 0, histogram: { first: -1, counts: [1, 2] } });
    const ternary = measure({ ...base, kind: "ternary", signed: true, ternaryThreshold: 0.5 }, [2], [0.9, 1.1, -5]);
    expect(ternary.histogram).toEqual({ first: -1, width: 1, counts: [1, 1, 1] });
    const listed = measure({ ...base, kind: "levels", levels: [-1, 0, 0.25, 1] }, [2], [0.5, 0.4, -9]);
    expect(listed).toMatchObject({ codes: 4, unused: 2, saturated: 1 / 3 });
  });

  it("has an answer for nothing at all", () => {
    const quality = measure(base, [1], []);
    expect(quality).toMatchObject({ elements: 0, sqnr: Infinity, saturated: 0, entropy: 0, dead: [0] });
    expect(quality.range).toEqual({ min: 0, max: 0 });
  });
});
