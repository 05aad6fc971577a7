import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../../../shared/testing/golden.js";
import { aimAt, masksFor, type PruneAim } from "./aim.js";
import { masksBelow, rankWeights, sparsityOf, type Masks, type PrunableWeight, type Ranking } from "./masks.js";
import { firstRound, nextRound, shareOf, type PruneSchedule } from "./schedule.js";

/** What is smaller than `step / 2` is free: its quantiser makes it zero. */
function weight(name: string, values: readonly number[], saving = 1, step = 0): PrunableWeight {
  const isFree = Uint8Array.from(values, (value) => (2 * Math.abs(value) < step ? 1 : 0));
  return { name, values: Float32Array.from(values), saving, isFree };
}

function kept(masks: Masks | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries([...(masks ?? [])].map(([name, mask]) => [name, mask.join("")]));
}

function zeros(masks: Masks): number {
  return [...masks.values()].reduce((sum, mask) => sum + mask.filter((bit) => bit === 0).length, 0);
}

const byLayer: Ranking = { by: "magnitude", scope: "layer" };
const two = [weight("a", [0.1, -5, 0.2, 3]), weight("b", [-0.3, 0.4, 7, -0.05, 1, 2], 10)];

describe("masks", () => {
  it("of a threshold leave what is at least as large, and what was never a number", () => {
    expect(kept(masksBelow([weight("a", [0.15, -0.15, 0.149, 0, -0, NaN, -3])], Math.fround(0.15)))).toEqual({
      a: "1100011",
    });
  });

  it("take an amount of each layer, or of all together", () => {
    expect(kept(rankWeights(two, byLayer).masksAt(0.5))).toEqual({ a: "0101", b: "001011" });
    expect(kept(rankWeights(two, { by: "magnitude", scope: "global" }).masksAt(0.5))).toEqual({
      a: "0101",
      b: "001011",
    });
    expect(kept(rankWeights(two, { by: "magnitude", scope: "global" }).masksAt(0.4))).toEqual({
      a: "0101",
      b: "011011",
    });
  });

  it("by cost take first what saves most for its size", () => {
    expect(kept(rankWeights(two, { by: "cost", scope: "global" }).masksAt(0.4))).toEqual({ a: "0111", b: "001011" });
    const idle = [weight("a", [0, 1e-9], 0), weight("b", [3, 4])];
    expect(kept(rankWeights(idle, { by: "cost", scope: "global" }).masksAt(0.5))).toEqual({ a: "01", b: "01" });
  });

  it("by cost are LAMP's for each unit that is saved", () => {
    const values = [
      [0.5, -2, 1],
      [3, -0.25, 0.125, 4],
    ];
    /** By the definition, weight by weight. */
    const harms = values.flatMap((layer, index) =>
      layer.map((own) => {
        const kept = layer
          .filter((other) => Math.abs(other) >= Math.abs(own))
          .reduce((sum, other) => sum + other ** 2, 0);
        return own ** 2 / kept / [5, 1][index]!;
      }),
    );
    const order = harms.map((_, index) => index).sort((a, b) => harms[a]! - harms[b]!);
    const ranked = rankWeights([weight("a", values[0]!, 5), weight("b", values[1]!, 1)], {
      by: "cost",
      scope: "global",
    });
    for (let count = 0; count <= 7; count++) {
      const pruned = new Set(order.slice(0, count));
      const expected = harms.map((_, index) => (pruned.has(index) ? "0" : "1")).join("");
      expect(Object.values(kept(ranked.masksAt(count / 7))).join("")).toBe(expected);
    }
  });

  it("by cost do not empty the layer that saves most while others have small weights", () => {
    const early = weight("a", [0.9, 1, 1.1, 0.8], 100);
    const late = weight(
      "b",
      Array.from({ length: 100 }, (_, index) => (index + 1) / 100),
      1,
    );
    const masks = rankWeights([early, late], { by: "cost", scope: "global" }).masksAt(0.5);
    expect(masks.get("a")?.includes(1)).toBe(true);
  });

  it("by cost take first what its quantiser makes zero, and by magnitude do not ask the quantiser", () => {
    const rounded = [weight("a", [0.4, 3, 0.3], 1, 1), weight("b", [0.1, 0.2], 1)];
    expect(kept(rankWeights(rounded, { by: "cost", scope: "global" }).masksAt(0.4))).toEqual({ a: "010", b: "11" });
    expect(kept(rankWeights(rounded, { by: "magnitude", scope: "global" }).masksAt(0.4))).toEqual({
      a: "111",
      b: "00",
    });
  });

  it("take the first of equal weights, and a zero before anything else", () => {
    expect(kept(rankWeights([weight("a", [1, -1, 1, 0, 1])], byLayer).masksAt(0.4))).toEqual({ a: "01101" });
  });

  it("grow with the amount, and have as many zeros as asked", () => {
    const values = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 20 });
    const scope = fc.constantFrom("layer" as const, "global" as const);
    const by = fc.constantFrom("magnitude" as const, "cost" as const);
    fc.assert(
      fc.property(values, values, by, scope, fc.nat(100), (a, b, order, where, percent) => {
        const ranked = rankWeights([weight("a", a, 2), weight("b", b, 3)], { by: order, scope: where });
        const fewer = ranked.masksAt(percent / 200);
        const more = ranked.masksAt(percent / 100);
        for (const [name, mask] of fewer)
          mask.forEach((bit, index) => {
            expect(more.get(name)?.[index] ?? 2).toBeLessThanOrEqual(bit);
          });
        expect(Math.abs(zeros(more) - (percent / 100) * ranked.elements)).toBeLessThanOrEqual(
          where === "layer" ? 1 : 0.5,
        );
      }),
      { seed: 7 },
    );
  });
});

interface GoldenCase {
  readonly note: string;
  readonly weight: readonly number[];
  readonly amount: number;
  readonly mask: readonly number[];
  readonly n_pruned: number;
}

const goldenCases = hasGolden
  ? (JSON.parse(readFileSync(goldenPath("optim", "prune.json"), "utf8")) as { cases: readonly GoldenCase[] }).cases
  : [];

describe.skipIf(!hasGolden)("beside PyTorch's l1_unstructured", () => {
  it.each(goldenCases)("$note", ({ note, weight: values, amount, mask, n_pruned: pruned }) => {
    const share = amount > 1 ? amount / values.length : amount;
    const [found = new Uint8Array()] = rankWeights([weight("w", values)], byLayer)
      .masksAt(share)
      .values();
    expect(values.length - found.reduce((sum, bit) => sum + bit, 0)).toBe(pruned);
    // Which of equal magnitudes go is the implementation's choice there.
    const hasTies = new Set(values.map(Math.abs)).size < values.length;
    if (!hasTies) expect([...found]).toEqual(mask);
    if (note.startsWith("seed rule"))
      expect(kept(masksBelow([weight("w", values)], 0.5))).toEqual({ w: mask.join("") });
  });
});

describe("aims", () => {
  const count = (masks: Masks) => 100 - 10 * zeros(masks);

  it.each<[PruneAim, number]>([
    [{ kind: "sparsity", value: 0 }, 0],
    [{ kind: "sparsity", value: 0.5 }, 5],
    [{ kind: "minAbs", value: 0.35 }, 4],
    [{ kind: "score", value: 100 }, 0],
    [{ kind: "score", value: 71 }, 3],
    [{ kind: "score", value: 70 }, 3],
    [{ kind: "score", value: 0 }, 10],
  ])("%o are reached with %d zeros", (aim, expected) => {
    for (const scope of ["layer", "global"] as const) {
      const masks = masksFor(aim, two, { by: "magnitude", scope }, count);
      expect(masks && zeros(masks)).toBe(expected);
    }
  });

  it("of a score also keep what is free at zero, since training would move it", () => {
    const rounded = [weight("a", [0.4, 3, -2, 0.3], 1, 1)];
    const left = (masks: Masks) => 2 - [1, 2].filter((index) => masks.get("a")?.[index] === 0).length;
    for (const [score, expected] of [
      [2, "0110"],
      [1, "0100"],
    ] as const) {
      expect(kept(masksFor({ kind: "score", value: score }, rounded, byLayer, left))).toEqual({ a: expected });
    }
  });

  it("that are out of reach have no masks", () => {
    expect(masksFor({ kind: "score", value: -1 }, two, byLayer, count)).toBeUndefined();
  });

  it("are approached from where the network stands", () => {
    const from = { sparsity: 0.2, score: 0.08 };
    expect(aimAt({ kind: "sparsity", value: 0.8 }, from, 0.5).value).toBeCloseTo(0.5, 12);
    expect(aimAt({ kind: "score", value: 0.02 }, from, 0.25).value).toBeCloseTo(0.065, 12);
    expect(aimAt({ kind: "minAbs", value: 0.2 }, from, 0.25).value).toBeCloseTo(0.05, 12);
    expect(aimAt({ kind: "score", value: 0.02 }, from, 1)).toEqual({ kind: "score", value: 0.02 });
  });

  it("know the share of zeros", () => {
    expect(sparsityOf([weight("a", [0, 1]), weight("b", [-0, 2])])).toBe(0.5);
    expect(sparsityOf([])).toBe(0);
  });
});

describe("schedules", () => {
  /** The shares that are tried, an `x` at those that miss the accuracy. */
  function shares(schedule: PruneSchedule, isGood: (share: number) => boolean): string {
    const tried: string[] = [];
    let progress = firstRound(schedule);
    for (;;) {
      const share = shareOf(progress);
      const next = nextRound(schedule, progress, isGood(share));
      tried.push(`${Number(share.toFixed(4))}${next.undo ? "x" : ""}`);
      if (next.kind === "done") return tried.join(" ");
      expect(next.progress.round).toBe(progress.round + 1);
      progress = next.progress;
    }
  }

  it.each<[PruneSchedule, string]>([
    [{ kind: "oneshot", steps: 4 }, "1"],
    [{ kind: "iterative", steps: 3 }, "0.3333 0.6667 1"],
    [{ kind: "feedback", steps: 4 }, "0.25 0.5 0.75x 0.625x 0.5625 0.625x 0.5938 0.625x"],
  ])("%o try %s", (schedule, expected) => {
    expect(shares(schedule, (share) => share < 0.6)).toBe(expected);
  });

  it("with feedback are even as long as the accuracy is kept", () => {
    expect(shares({ kind: "feedback", steps: 3 }, () => true)).toBe("0.3333 0.6667 1");
    expect(shares({ kind: "feedback", steps: 2 }, () => false)).toBe("0.5x 0.25x 0.125x 0.0625x");
  });
});
