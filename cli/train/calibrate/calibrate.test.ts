import { describe, expect, it } from "vitest";
import {
  add,
  flatten,
  int,
  quantConv1d,
  quantIdentity,
  quantLinear,
  quantReLU,
  uint,
  type Tensor,
} from "../../../shared/dsl/index.js";
import type { Subset } from "../../data/dataset.js";
import { RandomStream } from "../../data/random/stream.js";
import { initialize } from "../initialize.js";
import type { QuantizerSpec } from "../program.js";
import { loadBackend } from "../run/backends.js";
import { programOf } from "../testing/program.js";
import { calibrate } from "./calibrate.js";
import { floatProgram } from "./float-program.js";
import { count, newHistogram, thresholdOf, type CalibrationMethod, type Histogram } from "./thresholds.js";

const unsigned4: QuantizerSpec = {
  name: "act",
  role: "activation",
  bits: 4,
  signed: false,
  narrow: false,
  zeroPoint: 0,
  rounding: "round",
  kind: "int",
  powerOfTwo: false,
  scale: { kind: "learned", parameter: "act.threshold", collectSteps: 30, percentile: 99 },
};

function histogramOf(magnitudes: readonly number[]): Histogram {
  const histogram = newHistogram(Math.max(0, ...magnitudes));
  for (const magnitude of magnitudes) count(histogram, magnitude);
  return histogram;
}

/** 1,000 magnitudes evenly in 0 to 1, and one at 3. */
const withOutlier = histogramOf([...Array.from({ length: 1000 }, (_, index) => (index + 1) / 1000), 3]);

describe("thresholds", () => {
  it("of the maximum clip nothing", () => {
    expect(thresholdOf("max", unsigned4, withOutlier)).toBe(3);
  });

  it("of the percentile leave the quantiser's own share out", () => {
    const threshold = thresholdOf("percentile", unsigned4, withOutlier);
    expect(threshold).toBeGreaterThanOrEqual(0.99);
    expect(threshold).toBeLessThan(1.1);
  });

  it("of the least error are where clipping and rounding cost as much", () => {
    const threshold = thresholdOf("mse", unsigned4, withOutlier);
    expect(threshold).toBeLessThan(2.9);
    expect(threshold).toBeGreaterThan(1.5);
    // A grid that holds every magnitude exactly has no error at its own threshold.
    const grid = histogramOf(Array.from({ length: 16 }, (_, index) => index));
    expect(thresholdOf("mse", unsigned4, grid)).toBeCloseTo(15, 1);
  });

  it("of nothing but zeros are zero", () => {
    for (const method of ["max", "percentile", "mse"] as const) {
      expect(thresholdOf(method, unsigned4, histogramOf([0, 0, 0]))).toBe(0);
    }
  });
});

function network(x: Tensor): Tensor {
  x = quantIdentity(x, { name: "in", actQuant: int(8) });
  const y = quantConv1d(x, {
    name: "first",
    outChannels: 2,
    kernelSize: 3,
    padding: 1,
    weightQuant: int(4),
    bias: false,
  });
  x = quantReLU(add(y, x), { name: "act", actQuant: uint(4) });
  return quantLinear(flatten(x), { name: "last", outFeatures: 3, weightQuant: int(4), bias: false });
}

const program = programOf([1, 2, 8], network);
const samples = tonesOf(32);

function tonesOf(size: number): Subset {
  const random = new RandomStream(5);
  const data = Float32Array.from({ length: size * 16 }, () => random.gaussian());
  return {
    size,
    sampleLength: 16,
    labels: new Uint16Array(size),
    indices: Uint32Array.from({ length: size }, (_, index) => index),
    read: (positions, into) => {
      positions.forEach((position, index) => {
        into.set(data.subarray(position * 16, (position + 1) * 16), index * 16);
      });
      return Promise.resolve();
    },
  };
}

describe("a float program", () => {
  it("has the same values and weights, and no quantiser", () => {
    const float = floatProgram(program);
    expect(float.values).toEqual(program.values);
    expect(float.quantizers).toEqual([]);
    expect(float.parameters.map(({ name }) => name)).toEqual(["first.weight", "last.weight"]);
    expect(JSON.stringify(float.ops)).not.toContain("quantizer");
  });
});

describe("a calibration", () => {
  async function calibrated(method: CalibrationMethod) {
    const backend = await loadBackend("tfjs");
    const session = await backend.open(program, { batchSize: 8 });
    for (const [name, values] of initialize(program, 1)) session.parameters.get(name)?.set(values);
    const weights = session.parameters.get("first.weight")?.slice();
    const { signal } = new AbortController();
    const thresholds = await calibrate(session, { method, backend, threads: 1, batchSize: 8, samples, signal });
    const value = (name: string) => session.parameters.get(`${name}.act_quant.threshold`)?.[0] ?? NaN;
    expect(thresholds).toEqual({ "in.act_quant.threshold": value("in"), "act.act_quant.threshold": value("act") });
    expect([...session.collected.values()]).toEqual(
      program.quantizers.flatMap(({ scale }) => (scale.kind === "learned" ? [scale.collectSteps] : [])),
    );
    const all = new Float32Array(32 * 16);
    await samples.read(
      Uint32Array.from({ length: 32 }, (_, index) => index),
      all,
    );
    return { in: value("in"), act: value("act"), all, weights: weights ?? new Float32Array() };
  }

  it("by the maximum finds the largest values of the float network", async () => {
    const found = await calibrated("max");
    expect(found.in).toBe(Math.max(...found.all.map(Math.abs)));
    // The sum of input and convolution, by hand.
    let largest = 0;
    for (let sample = 0; sample < 32; sample++) {
      const at = (channel: number, place: number) =>
        place < 0 || place > 7 ? 0 : (found.all[sample * 16 + channel * 8 + place] ?? 0);
      for (let out = 0; out < 2; out++) {
        for (let place = 0; place < 8; place++) {
          let sum = at(out, place);
          for (let channel = 0; channel < 2; channel++) {
            for (let tap = 0; tap < 3; tap++)
              sum += at(channel, place + tap - 1) * (found.weights[out * 6 + channel * 3 + tap] ?? 0);
          }
          largest = Math.max(largest, sum);
        }
      }
    }
    expect(found.act).toBeCloseTo(largest, 5);
  });

  it("by percentile or error clips more", async () => {
    const [max, percentile, mse] = await Promise.all([calibrated("max"), calibrated("percentile"), calibrated("mse")]);
    expect(percentile.act).toBeLessThanOrEqual(max.act);
    expect(mse.act).toBeLessThan(max.act);
    expect(mse.act).toBeGreaterThan(max.act / 4);
  });
});
