import { describe, expect, it } from "vitest";
import {
  add,
  flatten,
  int,
  intBias,
  quantConv1d,
  quantIdentity,
  quantLinear,
  quantReLU,
  uint,
  type Tensor,
} from "../../../shared/dsl/index.js";
import type { Subset } from "../../data/dataset.js";
import { RandomStream } from "../../data/random/stream.js";
import type { Session } from "../../train/backend.js";
import { programOf } from "../../train/testing/program.js";
import { tfjsBackend } from "../../train/tfjs/backends.js";
import { overall } from "../metrics.js";
import { randomParameters } from "../testing/random-network.js";
import { compareArithmetic } from "./compare.js";

const shape = [1, 2, 8];

function subsetOf(size: number): Subset {
  return {
    size,
    sampleLength: 16,
    labels: Uint16Array.from({ length: size }, (_, index) => index % 3),
    snrs: Int16Array.from({ length: size }, (_, index) => (index % 2) * 10),
    indices: Uint32Array.from({ length: size }, (_, index) => 1000 + index),
    read(positions, into) {
      positions.forEach((position, index) => {
        const random = new RandomStream(position);
        for (let at = 0; at < 16; at++) into[16 * index + at] = random.uniform(-1.5, 1.5);
      });
      return Promise.resolve();
    },
  };
}

async function sessionOf(forward: (x: Tensor) => Tensor): Promise<Session> {
  const program = programOf(shape, forward);
  const session = await tfjsBackend.open(program, { batchSize: 8, inferenceOnly: true });
  for (const [name, values] of randomParameters(program, 4)) session.parameters.get(name)?.set(values);
  return session;
}

function classifier(x: Tensor): Tensor {
  return quantLinear(flatten(x), {
    outFeatures: 3,
    inputQuant: int(8),
    weightQuant: int(6),
    biasQuant: intBias(),
  });
}

const plain = (x: Tensor): Tensor => {
  x = quantIdentity(x, { name: "in", actQuant: int(6) });
  x = quantConv1d(x, { name: "conv", outChannels: 4, kernelSize: 3, bias: false, weightQuant: int(5) });
  return classifier(quantReLU(x, { name: "act", actQuant: uint(4) }));
};

const options = { batchSize: 8, classes: 3 };

describe("compareArithmetic", () => {
  it("finds both paths the same on a network that is all integers", async () => {
    const comparison = await compareArithmetic(await sessionOf(plain), subsetOf(30), options);
    expect(comparison.integer).toMatchObject({
      ...comparison.float,
      loss: expect.closeTo(comparison.float.loss, 5) as number,
    });
    expect(comparison).toMatchObject({ disagreements: [], notes: [] });
    expect(comparison.largestLogitDifference).toBeLessThan(1e-5);
    expect(comparison.layers.map(({ codes, different }) => [codes, different])).toEqual([
      [30 * 16, 0],
      [30 * 24, 0],
      [30 * 24, 0],
    ]);
  });

  it("bounds accumulators by types, by weights and by what is seen", async () => {
    const { accumulators } = await compareArithmetic(await sessionOf(plain), subsetOf(30), options);
    const [conv, linear] = accumulators;
    // ceil(log2((2^6 - 1) * (2^5 - 2) * 3 kernel positions * 2 channels))
    expect(conv).toMatchObject({ node: "conv", typeBits: 14, overflows: 0 });
    expect(accumulators).toHaveLength(2);
    for (const each of [conv!, linear!]) {
      expect(each.bits).toBeLessThanOrEqual(each.typeBits!);
      expect(each.seen!.bits).toBeLessThanOrEqual(each.bits);
      expect(each.seen!.min).toBeGreaterThanOrEqual(each.min);
      expect(each.seen!.max).toBeLessThanOrEqual(each.max);
    }
  });

  it("names every sample on whose class the paths disagree, and where they part", async () => {
    const session = await sessionOf(plain);
    const scales = session.scales();
    // The integer network is taken over with another scale, as if the export had lost it.
    const broken: Session = {
      ...session,
      scales: () =>
        new Map([...scales].map(([name, scale]) => [name, name.startsWith("act") ? scale.map((s) => s * 3) : scale])),
    };
    const { disagreements, layers, float, integer } = await compareArithmetic(broken, subsetOf(60), options);
    expect(disagreements.length).toBeGreaterThan(0);
    for (const { index, label, snr, float: a, integer: b, first } of disagreements) {
      expect([label, snr]).toEqual([(index - 1000) % 3, (index % 2) * 10]);
      expect(a).not.toBe(b);
      expect(first).toMatch(/^act/);
    }
    expect(layers.map(({ first }) => first)).toEqual([0, layers[1]?.samples, 0]);
    const changed = disagreements.filter(({ label, float: a, integer: b }) => (a === label) !== (b === label));
    const gained = changed.filter(({ label, integer: b }) => b === label).length;
    expect(overall(integer).correct - overall(float).correct).toBe(2 * gained - changed.length);
  });

  it("convolves both operands of a sum of two scales, and says so", async () => {
    const session = await sessionOf((x) => {
      const a = quantIdentity(x, { actQuant: int(6) });
      const b = quantReLU(quantConv1d(a, { outChannels: 2, kernelSize: 1, bias: false, weightQuant: int(5) }), {
        actQuant: uint(5),
      });
      const y = quantConv1d(add(a, b), {
        name: "sum",
        outChannels: 3,
        kernelSize: 3,
        bias: false,
        weightQuant: int(5),
      });
      return classifier(quantReLU(y, { actQuant: uint(4) }));
    });
    const { notes, accumulators, disagreements } = await compareArithmetic(session, subsetOf(20), options);
    expect(disagreements).toEqual([]);
    expect(accumulators.filter(({ node }) => node === "sum").map(({ summand }) => summand)).toEqual([1, 2]);
    expect(notes.map(({ reason }) => reason.includes("2 scales") || reason.includes("2 integers"))).toEqual([
      true,
      true,
    ]);
  });

  it("says which layers are not integers, and computes them in floating point", async () => {
    const session = await sessionOf((x) => {
      const y = quantReLU(quantConv1d(x, { name: "float", outChannels: 3, kernelSize: 3 }), { actQuant: uint(6) });
      return classifier(y);
    });
    const { notes, layers } = await compareArithmetic(session, subsetOf(10), options);
    expect(notes).toEqual([
      expect.objectContaining({ node: "float", reason: "its weights are not quantised to integers" }),
    ]);
    expect(layers.every(({ different }) => different === 0)).toBe(true);
  });

  it("counts sums that do not fit 32 bits", async () => {
    const session = await sessionOf((x) => {
      x = quantIdentity(x, { actQuant: int(20) });
      x = quantConv1d(x, { outChannels: 2, kernelSize: 3, bias: false, weightQuant: int(20) });
      return classifier(quantReLU(x, { actQuant: uint(4) }));
    });
    const { accumulators, layers } = await compareArithmetic(session, subsetOf(10), options);
    expect(accumulators[0]?.bits).toBeGreaterThan(32);
    expect(accumulators[0]?.overflows).toBeGreaterThan(0);
    expect(layers[1]?.different).toBe(0);
  });
});
