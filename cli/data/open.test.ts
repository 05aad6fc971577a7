import { describe, expect, it } from "vitest";
import { modulations } from "../../shared/dsl/data.js";
import type { Dataset } from "./dataset.js";
import { openDataset } from "./open.js";

const folder = "/";

async function sample({ train }: Dataset, position: number): Promise<Float32Array> {
  const into = new Float32Array(train.sampleLength);
  await train.read(Uint32Array.of(position), into);
  return into;
}

describe("generated data without a file", () => {
  it("is the default, 128 frames per class and SNR", async () => {
    const data = await openDataset(undefined, { folder });
    expect(data.name).toBe("synthetic, 128 frames per class and SNR, seed 2018");
    expect(data.sampleShape).toEqual([2, 1024]);
    expect(data.classes).toEqual(modulations);
    expect([data.train.size, data.test.size]).toEqual([624 * 115, 624 * 13]);
    await data.close();
  });

  it("has the same frames in whatever order they are read, and on every reading", async () => {
    const override = "synthetic:framesPerClassAndSnr=2,seed=5";
    const data = await openDataset(undefined, { folder, override });
    const first = await sample(data, 600);
    const both = new Float32Array(2 * 2048);
    await data.train.read(Uint32Array.of(3, 600), both);
    expect(both.subarray(2048)).toEqual(first);
    const other = await openDataset(undefined, { folder, override });
    expect(await sample(other, 600)).toEqual(first);
    expect(
      await sample(await openDataset(undefined, { folder, override: "synthetic:framesPerClassAndSnr=2,seed=6" }), 600),
    ).not.toEqual(first);
  });

  it("takes its options from the model file, and those of --data before them", async () => {
    const definition = { source: "synthetic", options: { framesPerClassAndSnr: 10, seed: 4, minSnr: 20 } };
    const given = await openDataset(definition, { folder });
    expect(given.name).toBe("synthetic, 10 frames per class and SNR, seed 4");
    expect([given.train.size, given.test.size]).toEqual([24 * 6 * 9, 624]);
    const overridden = await openDataset(definition, { folder, override: "synthetic:seed=9,minSnr=26" });
    expect(overridden.name).toBe("synthetic, 10 frames per class and SNR, seed 9");
    expect(overridden.train.size).toBe(24 * 3 * 9);
  });

  it("keeps the filters of radioml2018 when it takes its place", async () => {
    const definition = { source: "radioml2018", options: { minSnr: 0, modClasses: ["QPSK", "FM", "OOK"] } };
    const override = "synthetic:framesPerClassAndSnr=10";
    const wide = await openDataset(definition, { folder, override, classCount: 24 });
    expect(wide.train.size).toBe(3 * 16 * 9);
    expect(wide.classes).toEqual(modulations);
    expect(new Set(wide.test.labels)).toEqual(new Set([0, 4, 21]));
    const compact = await openDataset(definition, { folder, override, classCount: 3 });
    expect(compact.classes).toEqual(["OOK", "QPSK", "FM"]);
    expect(new Set(compact.test.labels)).toEqual(new Set([0, 1, 2]));
  });

  it("can be limited", async () => {
    const data = await openDataset(undefined, { folder, limitFrames: 1000 });
    expect(data.train.size + data.test.size).toBe(1000);
    expect(new Set(data.test.labels).size).toBe(24);
    expect(new Set(data.train.snrs).size).toBe(26);
  });
});

describe("data that cannot be opened", () => {
  it.each([
    [{ source: "radioml2018", options: {} }, {}, /give the file with --data FILE.*--data synthetic\.$/],
    [undefined, { override: "synthetic:frames=3" }, /does not understand "frames=3"/],
    [undefined, { override: "synthetic:seed=x" }, /does not understand "seed=x"/],
    [undefined, { override: "synthetic:framesPerClassAndSnr=0" }, /does not understand/],
    [undefined, { override: "synthetic:framesPerClassAndSnr=4097" }, /write framesPerClassAndSnr \(1 to 4096\), seed/],
    [undefined, { override: "synthetic:seed=1e3" }, /does not understand "seed=1e3"/],
    [undefined, { override: "synthetic:minSnr=31" }, /does not understand "minSnr=31"/],
    [undefined, { override: "synthetic:framesPerClassAndSnr=1" }, /^The training part of synthetic.*is empty/],
    [
      undefined,
      { sampleShape: [1, 32, 32] },
      /takes samples of shape \(1, 32, 32\) and those of synthetic.*\(2, 1024\)/,
    ],
    [{ source: "synthetic", options: { modClasses: ["QSPK"] } }, {}, /names "QSPK"/],
    [{ source: "tapes", options: {} }, {}, /The data source "tapes" is not known/],
  ])("says so in one sentence: %j %j", async (definition, options, message) => {
    await expect(openDataset(definition, { folder, ...options })).rejects.toThrow(message);
  });
});
