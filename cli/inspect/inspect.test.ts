import { describe, expect, it } from "vitest";
import { flatten, int, quantConv1d, quantIdentity, quantLinear, quantReLU, uint } from "../../shared/dsl/index.js";
import { createColors } from "../output/colors.js";
import type { Subset } from "../data/dataset.js";
import { RandomStream } from "../data/random/stream.js";
import { randomParameters } from "../evaluate/testing/random-network.js";
import type { Session } from "../train/backend.js";
import { programOf } from "../train/testing/program.js";
import { tfjsBackend } from "../train/tfjs/backends.js";
import { inspectNetwork } from "./inspect.js";
import { inspectionJson } from "./inspection-json.js";
import { inspectionTable } from "./inspection-table.js";

const program = programOf([1, 2, 8], (x) => {
  x = quantIdentity(x, { name: "in", actQuant: int(8) });
  x = quantConv1d(x, { name: "conv", outChannels: 4, kernelSize: 3, bias: false, weightQuant: int(4) });
  x = quantReLU(x, { name: "act", actQuant: uint(3) });
  return quantLinear(flatten(x), { name: "fc", outFeatures: 3, bias: false, weightQuant: int(6) });
});
const layers = ["in", "conv", "act", "flatten", "fc"];

const subset: Subset = {
  size: 50,
  sampleLength: 16,
  labels: new Uint16Array(50),
  indices: new Uint32Array(50),
  read(positions, into) {
    positions.forEach((position, index) => {
      const random = new RandomStream(position);
      for (let at = 0; at < 16; at++) into[16 * index + at] = random.uniform(-1, 1);
    });
    return Promise.resolve();
  },
};

/** The second output channel is pruned away whole, so it is dead in weights and activations. */
async function sessionWith(rounding: boolean): Promise<Session> {
  const session = await tfjsBackend.open(program, { batchSize: 16, inferenceOnly: true, rounding });
  for (const [name, values] of randomParameters(program, 9)) session.parameters.get(name)?.set(values);
  session.setMask(
    "conv.weight",
    Uint8Array.from({ length: 24 }, (_, index) => Number(Math.floor(index / 6) !== 1)),
  );
  return session;
}

describe("inspectNetwork", () => {
  it("looks at weights and accumulators without data", async () => {
    const inspection = await inspectNetwork(await sessionWith(true), { layers });
    expect(inspection).toMatchObject({ samples: 0, activations: [], notes: [] });
    const [conv, fc] = inspection.weights;
    expect(conv).toMatchObject({
      layer: "conv",
      parameter: "conv.weight",
      shape: [4, 2, 3],
      bits: 4,
      codes: 15,
      dead: [1],
    });
    expect(fc).toMatchObject({ layer: "fc", shape: [3, 24], bits: 6, codes: 63, dead: [] });
    expect(fc!.sqnr).toBeGreaterThan(conv!.sqnr);
    expect(inspection.accumulators.map(({ layer, typeBits, seen }) => [layer, typeBits, seen])).toEqual([
      // ceil(log2((2^8 - 1) * (2^4 - 2) * 6)) and ceil(log2((2^3 - 1) * (2^6 - 2) * 24))
      ["conv", 15, undefined],
      ["fc", 14, undefined],
    ]);
  });

  it("looks at activations over the samples asked for, against the network without rounding", async () => {
    const unrounded = await sessionWith(false);
    const progress: number[] = [];
    const inspection = await inspectNetwork(await sessionWith(true), {
      layers,
      data: { subset, limit: 40, batchSize: 16, unrounded, onProgress: (done) => progress.push(done) },
    });
    expect(progress).toEqual([16, 32, 40]);
    const [input, act] = inspection.activations;
    expect(input).toMatchObject({ layer: "in", elements: 640, codes: 256, shape: [2, 8] });
    expect(act).toMatchObject({ layer: "act", elements: 40 * 24, codes: 8, dead: [1], shape: [4, 6] });
    // At the input nothing but its own rounding has happened, and what is cut off is cut off in both networks.
    expect(input!.accumulatedSqnr).toBeGreaterThanOrEqual(input!.sqnr - 1e-6);
    expect(act!.accumulatedSqnr).toBeLessThan(input!.accumulatedSqnr!);
    expect(inspection.accumulators.every(({ seen, bits }) => seen !== undefined && seen.bits <= bits)).toBe(true);
  });

  it("leaves out samples whose values are no numbers, and names them", async () => {
    const broken = new Map([
      [3, NaN],
      [17, Infinity],
      [18, -Infinity],
    ]);
    const holed: Subset = {
      ...subset,
      indices: Uint32Array.from({ length: 50 }, (_, at) => 1000 + at),
      read: async (positions, into) => {
        await subset.read(positions, into);
        positions.forEach((position, index) => {
          into[16 * index + 5] = broken.get(position) ?? into[16 * index + 5] ?? 0;
        });
      },
    };
    const sound: Subset = {
      ...subset,
      size: 47,
      read: (positions, into) => {
        const whole = [...Array(50).keys()].filter((at) => !broken.has(at));
        return subset.read(
          positions.map((position) => whole[position] ?? 0),
          into,
        );
      },
    };
    const look = async (data: Subset) =>
      inspectNetwork(await sessionWith(true), {
        layers,
        data: { subset: data, limit: data.size, batchSize: 16, unrounded: await sessionWith(false) },
      });
    const found = await look(holed);
    expect(found).toMatchObject({ samples: 47, notFinite: [1003, 1017, 1018] });
    expect({ ...found, notFinite: [] }).toEqual(await look(sound));
    const text = inspectionTable(found, createColors(false));
    expect(text).not.toContain("NaN");
    expect(text).toContain(
      "\nSamples 1003, 1017, 1018 of the data (counted from 0) have or come to values that are not finite numbers, and were left out.\n",
    );
    expect(inspectionJson(found)).toMatchObject({ samples: 47, notFinite: [1003, 1017, 1018] });
  });

  it("says that no sample is left", async () => {
    const none: Subset = {
      ...subset,
      size: 12,
      read: (_, into) => {
        into.fill(NaN);
        return Promise.resolve();
      },
    };
    const found = await inspectNetwork(await sessionWith(true), {
      layers,
      data: { subset: none, limit: 12, batchSize: 16 },
    });
    expect(found).toMatchObject({ samples: 0, activations: [] });
    const text = inspectionTable(found, createColors(false));
    expect(text).toContain("Samples 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 and 2 more of the data");
    expect(text).toContain("Activations were not looked at: there is no sample of finite numbers.");
  });

  it("is printed as a table and as JSON", async () => {
    const session = await sessionWith(true);
    const inspection = await inspectNetwork(session, { layers, data: { subset, limit: 10, batchSize: 16 } });
    const text = inspectionTable(inspection, createColors(false));
    expect(text).toMatch(/^conv +4×2×3 +4 .* 1 of 4$/m);
    expect(text).toContain("Activations, over 10 samples");
    const json = JSON.parse(
      JSON.stringify(inspectionJson({ ...inspection, weights: [{ ...inspection.weights[0]!, sqnr: Infinity }] })),
    ) as Record<string, unknown>;
    expect(json).toMatchObject({
      samples: 10,
      weights: [{ layer: "conv", sqnr: null }],
      accumulators: [{ layer: "conv" }, { layer: "fc" }],
    });
  });
});
