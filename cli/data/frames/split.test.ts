import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../../../shared/testing/golden.js";
import { groupCount, radiomlFramesPerGroup, snrLevels } from "./grid.js";
import { prescribedSplit, splitFrames, testFrames, type SplitPart } from "./split.js";

interface GoldenPart {
  readonly count: number;
  readonly sha256_u32le: string;
  readonly first50: readonly number[];
  readonly last50: readonly number[];
}
type Golden = Readonly<Record<"all" | "min_snr_-6", { readonly train: GoldenPart; readonly test: GoldenPart }>>;

function described({ indices }: SplitPart): GoldenPart {
  return {
    count: indices.length,
    sha256_u32le: createHash("sha256").update(new Uint8Array(indices.buffer)).digest("hex"),
    first50: [...indices.subarray(0, 50)],
    last50: [...indices.subarray(-50)],
  };
}

describe.skipIf(!hasGolden)("the prescribed split is NumPy's", () => {
  const golden = hasGolden ? (JSON.parse(readFileSync(goldenPath("split.json"), "utf8")) as Golden) : undefined;

  it.each([
    ["all", {}],
    ["min_snr_-6", { minSnr: -6 }],
  ] as const)("%s", (name, filter) => {
    const { train, test } = splitFrames(radiomlFramesPerGroup, { ...prescribedSplit, ...filter });
    expect(golden?.[name].train).toMatchObject(described(train));
    expect(golden?.[name].test).toMatchObject(described(test));
  });
});

describe("the split", () => {
  it("rounds the test's share up, and up only for a real remainder", () => {
    expect([4096, 10, 11, 70, 1, 30].map((count) => testFrames(count, 0.1))).toEqual([410, 1, 2, 7, 1, 3]);
  });

  it("gives every frame to one part, with its modulation and SNR", () => {
    const { train, test } = splitFrames(7, prescribedSplit);
    const all = [...train.indices, ...test.indices].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: groupCount * 7 }, (_, index) => index));
    test.indices.forEach((frame, position) => {
      const group = Math.floor(frame / 7);
      expect(test.labels[position]).toBe(Math.floor(group / 26));
      expect(test.snrs[position]).toBe(snrLevels[group % 26]);
    });
  });

  it("filters training by SNR, and the test too when asked", () => {
    const whole = splitFrames(20, prescribedSplit);
    const filtered = splitFrames(20, { ...prescribedSplit, minSnr: 4 });
    expect([...filtered.train.indices]).toEqual([...whole.train.indices].filter((_, at) => whole.train.snrs[at]! >= 4));
    expect(filtered.test).toEqual(whole.test);
    const both = splitFrames(20, { ...prescribedSplit, minSnr: 4, filterTestset: true });
    expect(both.train).toEqual(filtered.train);
    expect([...both.test.indices]).toEqual([...whole.test.indices].filter((_, at) => whole.test.snrs[at]! >= 4));
  });

  it("leaves out modulations without moving other frames to another part", () => {
    const whole = splitFrames(20, prescribedSplit);
    const some = splitFrames(20, { ...prescribedSplit, modulations: new Set([3, 21]) });
    expect([...some.train.indices]).toEqual(
      [...whole.train.indices].filter((_, at) => [3, 21].includes(whole.train.labels[at]!)),
    );
    expect(new Set(some.test.labels)).toEqual(new Set([3, 21]));
  });

  it("differs with another seed", () => {
    expect(splitFrames(20, { seed: 1, testFraction: 0.1 }).test.indices).not.toEqual(
      splitFrames(20, prescribedSplit).test.indices,
    );
  });
});
