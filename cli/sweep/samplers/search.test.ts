/** The samplers that learn from results, on problems whose answer is known, beside random search. */
import { describe, expect, it } from "vitest";
import type { SamplerDefinition, VariedDefinition } from "../../../shared/dsl/definition.js";
import { RandomStream } from "../../data/random/stream.js";
import { parametersKey, type RowParameters } from "../rows.js";
import { rankRows } from "./dominance.js";
import type { SampledRow, Sampler } from "./sampler.js";
import { samplerOf } from "./samplers.js";
import { shareOfValue, valueAtShare } from "./space.js";

type Objectives = Pick<NonNullable<SampledRow["result"]>, "accuracy" | "score">;

interface Problem {
  readonly vary: Readonly<Record<string, VariedDefinition>>;
  readonly measure: (row: RowParameters) => Objectives;
}

/** ZDT1 (Zitzler, Deb and Thiele, 2000) with six variables; its second objective is 1 minus the accuracy. */
const zdt1: Problem = {
  vary: Object.fromEntries(
    Array.from({ length: 6 }, (_, index) => [`x${index}`, { kind: "range", min: 0, max: 1, scale: "linear" }] as const),
  ),
  measure: (row) => {
    const [first = 0, ...others] = Object.values(row).map(Number);
    const g = 1 + (9 * others.reduce((sum, x) => sum + x, 0)) / others.length;
    return { score: first, accuracy: 1 - g * (1 - Math.sqrt(first / g)) };
  },
};

/** A network of four layers: bits cost in proportion to a layer's weights and help by how much the layer matters. */
const widths: Problem = {
  vary: {
    ...Object.fromEntries(
      ["a", "b", "c", "d"].map((name) => [name, { kind: "choices", values: [2, 3, 4, 5, 6, 7, 8] }] as const),
    ),
    act: { kind: "choices", values: ["relu", "tanh", "none"] },
    lr: { kind: "range", min: 1e-4, max: 1e-1, scale: "log" },
  },
  measure: (row) => {
    const matters = [0.3, 0.02, 0.1, 0.01];
    const costs = [1, 40, 5, 20];
    const bits = ["a", "b", "c", "d"].map((name) => Number(row[name]));
    const lost = bits.reduce((sum, own, index) => sum + (matters[index] ?? 0) * 4 ** (2 - own), 0);
    const rate = 0.05 * Math.abs(Math.log10(Number(row.lr) / 1e-2));
    const act = row.act === "relu" ? 0 : row.act === "tanh" ? 0.02 : 0.2;
    return {
      accuracy: 0.95 - lost - rate - act,
      score: bits.reduce((sum, own, index) => sum + own * (costs[index] ?? 0), 0) / (8 * 66),
    };
  },
};

function sampler(kind: SamplerDefinition["kind"]): Sampler {
  return samplerOf({ kind, options: {} });
}

/** Runs a sampler to its end; `atOnce` rows are measured together, in an order that chance decides. */
function search(
  { vary, measure }: Problem,
  kind: SamplerDefinition["kind"],
  options: Readonly<Record<string, unknown>>,
  atOnce = 1,
): SampledRow[] {
  const rows: SampledRow[] = [];
  const order = new RandomStream(99);
  for (;;) {
    const pending = rows.filter(({ state }) => state === "pending");
    const proposal = sampler(kind).propose({ vary, options, rows, wanted: Math.max(0, atOnce - pending.length) });
    if (proposal.kind === "rows" && proposal.rows.length > 0) {
      for (const parameters of proposal.rows) rows.push({ row: rows.length + 1, parameters, state: "pending" });
      continue;
    }
    const next = pending[order.below(Math.max(1, pending.length))];
    if (next === undefined) {
      expect(proposal.kind).toBe("done");
      return rows;
    }
    const result = { bops: 0, memWBits: 0, density: 1, ...measure(next.parameters) };
    rows[next.row - 1] = { ...next, state: "done", result };
  }
}

/** The area that the rows dominate, up to score 1 and down to an accuracy of `floor`. */
function hypervolume(rows: readonly SampledRow[], floor: number): number {
  const found = rows
    .flatMap(({ result }) => (result && result.score <= 1 && result.accuracy >= floor ? [result] : []))
    .toSorted((a, b) => a.score - b.score);
  let [area, best] = [0, floor];
  for (const { score, accuracy } of found) {
    if (accuracy <= best) continue;
    area += (1 - score) * (accuracy - best);
    best = accuracy;
  }
  return area;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const seeds = [1, 2, 3];

describe("samplers that learn", () => {
  it.each<[SamplerDefinition["kind"], Readonly<Record<string, unknown>>]>([
    ["evolution", { population: 10 }],
    ["tpe", { parallel: 4 }],
  ])("%s finds more of ZDT1's front than random search, and most of what there is", (kind, options) => {
    const rows = 250;
    const found = mean(seeds.map((seed) => hypervolume(search(zdt1, kind, { ...options, rows, seed }, 4), -1)));
    const random = mean(seeds.map((seed) => hypervolume(search(zdt1, "random", { rows, seed }, 4), -1)));
    // The front is 1 - sqrt(x): it dominates 1 + 2/3 of this box.
    expect(found).toBeGreaterThan(random + 0.3);
    expect(found).toBeGreaterThan(0.8 * (1 + 2 / 3));
  });

  it.each<[SamplerDefinition["kind"], Readonly<Record<string, unknown>>]>([
    ["evolution", { population: 8 }],
    ["tpe", { parallel: 2 }],
  ])("%s finds better widths than random search with as many rows", (kind, options) => {
    const rows = 160;
    const found = seeds.map((seed) => hypervolume(search(widths, kind, { ...options, rows, seed }, 2), 0.5));
    const random = seeds.map((seed) => hypervolume(search(widths, "random", { rows, seed }, 2), 0.5));
    expect(mean(found)).toBeGreaterThan(1.02 * mean(random));
  });

  it.each<[SamplerDefinition["kind"], Readonly<Record<string, unknown>>]>([
    ["random", {}],
    ["evolution", { population: 8 }],
    ["tpe", { parallel: 4 }],
  ])("%s chooses the same rows however many run at once, and no row twice", (kind, options) => {
    const run = (atOnce: number) => search(widths, kind, { ...options, rows: 40, seed: 7 }, atOnce);
    const keys = run(1).map(({ parameters }) => parametersKey(parameters));
    for (const atOnce of [2, 3, 8])
      expect(run(atOnce).map(({ parameters }) => parametersKey(parameters))).toEqual(keys);
    expect(new Set(keys).size).toBe(40);
    const other = search(widths, kind, { ...options, rows: 40, seed: 8 }).map(({ parameters }) =>
      parametersKey(parameters),
    );
    expect(other).not.toEqual(keys);
  });

  it.each(["evolution", "tpe"] as const)("%s goes on from any row as if it had not been stopped", (kind) => {
    const options = { rows: 30, seed: 3, population: 6, parallel: 1 };
    const rows = search(widths, kind, options);
    for (const count of [0, 5, 11, 12, 29]) {
      const proposal = sampler(kind).propose({ vary: widths.vary, options, rows: rows.slice(0, count), wanted: 1 });
      expect(proposal).toEqual({ kind: "rows", rows: [rows[count]?.parameters] });
    }
  });

  it.each(["evolution", "tpe"] as const)("%s ends when there are no more combinations", (kind) => {
    const vary: Problem["vary"] = { bits: { kind: "choices", values: [3, 4, 5, 6, 7] } };
    const small = { vary, measure: ({ bits }: RowParameters) => ({ accuracy: Number(bits), score: Number(bits) }) };
    const options = { rows: 50, seed: 0, population: 4, parallel: 2 };
    expect(sampler(kind).total({ vary, options })).toBe(5);
    expect(search(small, kind, options, 2)).toHaveLength(5);
  });

  it.each(["evolution", "tpe", "halving"] as const)("%s goes past rows that fail or are too dear", (kind) => {
    const options = { rows: 24, seed: 0, population: 8, parallel: 2, over: "epochs", eta: 2 };
    const vary: Problem["vary"] = { ...widths.vary, epochs: { kind: "choices", values: [1, 2] } };
    const rows: SampledRow[] = [];
    for (;;) {
      const proposal = sampler(kind).propose({ vary, options, rows, wanted: 1 });
      if (proposal.kind !== "rows") break;
      const [parameters = {}] = proposal.rows;
      rows.push({ row: rows.length + 1, parameters, state: rows.length % 2 === 0 ? "failed" : "skipped" });
    }
    expect(rows).toHaveLength(24);
  });
});

describe("successive halving", () => {
  const vary: Problem["vary"] = { ...widths.vary, epochs: { kind: "choices", values: [1, 3, 9] } };
  const options = { rows: 27, over: "epochs", eta: 3, seed: 1 };

  it("gives the best third of each rung more training", () => {
    const rows = search({ vary, measure: widths.measure }, "halving", options, 4);
    expect(rows.map(({ parameters }) => parameters.epochs)).toEqual([
      ...Array.from({ length: 27 }, () => 1),
      ...Array.from({ length: 9 }, () => 3),
      ...Array.from({ length: 3 }, () => 9),
    ]);
    expect(sampler("halving").total({ vary, options })).toBe(39);
    const bare = ({ parameters }: SampledRow) => parametersKey({ ...parameters, epochs: 0 });
    const best = rankRows(rows.slice(0, 27))
      .slice(0, 9)
      .map(({ row }) => bare(row));
    expect(rows.slice(27, 36).map(bare)).toEqual(best);
    expect(new Set(rows.slice(0, 27).map(bare)).size).toBe(27);
  });

  it("needs a varied parameter to go over", () => {
    expect(() => sampler("halving").total({ vary: widths.vary, options })).toThrow(/goes over epochs, which the sweep/);
  });
});

describe("fronts", () => {
  it("are those of the definition, and what was not measured stands behind them", () => {
    const random = new RandomStream(5);
    const rows = Array.from({ length: 200 }, (_, index): SampledRow => {
      const [accuracy, score] = [Math.round(random.uniform() * 12), Math.round(random.uniform() * 12)];
      const result = { accuracy, score, bops: 0, memWBits: 0, density: 1 };
      return { row: index + 1, parameters: {}, state: "done", result };
    });
    const ranked = rankRows([
      ...rows,
      { row: 201, parameters: {}, state: "failed" },
      { row: 202, parameters: {}, state: "pending" },
    ]);
    expect(ranked.at(-1)?.row.row).toBe(201);
    expect(ranked).toHaveLength(201);
    let left = rows;
    for (let rank = 0; left.length > 0; rank++) {
      const front = left.filter(({ result: own }) => !left.some(({ result }) => isBetter(result, own)));
      const found = ranked.filter((row) => row.rank === rank && row.row.result !== undefined);
      expect(found.map(({ row }) => row.row).toSorted((a, b) => a - b)).toEqual(front.map(({ row }) => row));
      left = left.filter((row) => !front.includes(row));
    }
  });

  function isBetter(a: SampledRow["result"], b: SampledRow["result"]): boolean {
    if (!a || !b) return false;
    return a.accuracy >= b.accuracy && a.score <= b.score && (a.accuracy > b.accuracy || a.score < b.score);
  }
});

describe("places of values", () => {
  it.each<VariedDefinition>([
    { kind: "choices", values: [4, 5, 6] },
    { kind: "choices", values: ["a", "b"] },
    { kind: "choices", values: [[1, 2], [3]] },
    { kind: "range", min: 0, max: 0.3, step: 0.1, scale: "linear" },
    { kind: "range", min: 1e-4, max: 1e-1, scale: "log" },
    { kind: "range", min: -2, max: 3, scale: "linear" },
  ])("%j are found again", (varied) => {
    for (const share of [0, 0.1, 0.5, 0.77, 0.999]) {
      const value = valueAtShare(varied, share);
      const again = valueAtShare(varied, shareOfValue(varied, value));
      if (typeof value === "number" && varied.kind === "range") expect(again).toBeCloseTo(value, 10);
      else expect(again).toEqual(value);
    }
  });
});
